{{/* The name of the Secret that the pods read; empty if there is none. */}}
{{- define "service-library.secretName" -}}
{{- $secrets := .Values.secrets -}}
{{- if eq $secrets.kind "existing" -}}
{{- $secrets.existing | default (include "service-library.name" .) -}}
{{- else if ne $secrets.kind "none" -}}
{{- include "service-library.name" . -}}
{{- end -}}
{{- end -}}

{{/* The Secret itself, or the ExternalSecret from which the operator creates it. */}}
{{- define "service-library.secret" -}}
{{- if eq .Values.secrets.kind "plain" }}
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ include "service-library.secretName" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service-library.labels" . | nindent 4 }}
type: Opaque
stringData:
  {{- toYaml .Values.secrets.plain | nindent 2 }}
{{- else if eq .Values.secrets.kind "external" }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ include "service-library.secretName" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service-library.labels" . | nindent 4 }}
spec:
  refreshInterval: {{ .Values.secrets.external.refreshInterval }}
  secretStoreRef:
    kind: ClusterSecretStore
    name: {{ .Values.secrets.external.store }}
  target:
    name: {{ include "service-library.secretName" . }}
    creationPolicy: Owner
  dataFrom:
    - extract:
        key: {{ .Values.secrets.external.key }}
{{- end }}
{{- end -}}
