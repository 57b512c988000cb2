{{/*
One track's Service. The candidate's always exists, without endpoints while there is no
candidate, so that a route never names a missing Service.
*/}}
{{- define "service-library.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "service-library.trackName" . }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "service-library.labels" .root | nindent 4 }}
    fieldday.io/track: {{ .track }}
spec:
  type: ClusterIP
  selector:
    {{- include "service-library.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 8080
      targetPort: http
      protocol: TCP
      appProtocol: http
{{- end -}}

{{/* The pods' identity; no token is mounted, the annotation binds an AWS role (IRSA). */}}
{{- define "service-library.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "service-library.name" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service-library.labels" . | nindent 4 }}
  {{- $role := ternary (dict "eks.amazonaws.com/role-arn" .Values.serviceAccount.roleArn) dict (ne .Values.serviceAccount.roleArn "") }}
  {{- with merge $role .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end -}}
