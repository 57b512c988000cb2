{{/* The name of the stable track's objects: fieldday-api. */}}
{{- define "service-library.name" -}}
fieldday-{{ .Values.name }}
{{- end -}}

{{/* The name of one track's objects. Scope: {root, track: "stable"|"candidate"}. */}}
{{- define "service-library.trackName" -}}
{{ include "service-library.name" .root }}{{ if eq .track "candidate" }}-candidate{{ end }}
{{- end -}}

{{/* The host under which the edge offers the service: api.<domain>, api.staging.<domain>. */}}
{{- define "service-library.host" -}}
{{ .root.Values.name }}{{ .suffix | default "" }}.{{ if ne .root.Values.environment "production" }}{{ .root.Values.environment }}.{{ end }}{{ .root.Values.routing.domain }}
{{- end -}}

{{/* The issuer of this environment's tokens: `auth` under its own host, so that other environments' tokens are invalid. */}}
{{- define "service-library.tokenIssuer" -}}
https://auth.{{ if ne .Values.environment "production" }}{{ .Values.environment }}.{{ end }}{{ .Values.routing.domain | default "fieldday.example" }}
{{- end -}}

{{/* Labels of every object of the service; a track adds its own. */}}
{{- define "service-library.labels" -}}
app.kubernetes.io/name: {{ .Values.name }}
app.kubernetes.io/instance: {{ include "service-library.name" . }}
app.kubernetes.io/part-of: fieldday
app.kubernetes.io/managed-by: {{ .Release.Service }}
fieldday.io/tier: {{ .Values.tier }}
fieldday.io/data: {{ .Values.data }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Who owns the service, and which data in it needs care. */}}
{{- define "service-library.ownership" -}}
{{- range $key, $value := dict "owner" .Values.owner "paging" .Values.paging "handles" (join "," .Values.handles) }}
{{- with $value }}
fieldday.io/{{ $key }}: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Selects one track's pods. Never changes, since a Deployment's selector is immutable. */}}
{{- define "service-library.selector" -}}
app.kubernetes.io/name: {{ .root.Values.name }}
app.kubernetes.io/instance: {{ include "service-library.name" .root }}
fieldday.io/track: {{ .track }}
{{- end -}}

{{/* registry/repository:tag[@digest]. The digest, if set, decides what is pulled. */}}
{{- define "service-library.image" -}}
{{- $image := .root.Values.image -}}
{{ $image.registry }}/{{ $image.repository | default (printf "fieldday/%s" .root.Values.name) }}:{{ .tag }}{{ with .digest }}@{{ . }}{{ end }}
{{- end -}}
