{{- define "platform.labels" -}}
app.kubernetes.io/name: platform
app.kubernetes.io/part-of: fieldday
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* The name of a role's objects: fieldday-break-glass. */}}
{{- define "platform.roleName" -}}
fieldday-{{ kebabcase . }}
{{- end -}}

{{/* Who has a role. Scope: {root, role: an entry of `roles`}. Empty when nobody has it. */}}
{{- define "platform.subjects" -}}
{{- range .role.groups }}
- apiGroup: rbac.authorization.k8s.io
  kind: Group
  name: {{ . | quote }}
{{- end }}
{{- range .role.serviceAccounts }}
- kind: ServiceAccount
  name: {{ . }}
  namespace: {{ $.root.Release.Namespace }}
{{- end }}
{{- end -}}
