{{/* Environment variables that the platform sets for every service. */}}
{{- define "service-library.platformConfig" -}}
{{- $root := . -}}
SERVICE: {{ $root.Values.name | quote }}
ENVIRONMENT: {{ $root.Values.environment | quote }}
PORT: {{ $root.Values.port | quote }}
TOKEN_ISSUER: {{ include "service-library.tokenIssuer" $root | quote }}
CACHE_TTL_SECONDS: {{ $root.Values.cacheTtlSeconds | quote }}
{{- range $name, $limit := dict "USER" $root.Values.rateLimits.perUser "IP" $root.Values.rateLimits.perIp }}
{{- if $limit }}
RATE_LIMIT_PER_{{ $name }}: {{ int $limit | quote }}
{{- end }}
{{- end }}
{{- with $root.Values.tracing.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- range $root.Values.dependencies }}
{{ . | upper | replace "-" "_" }}_URL: {{ printf "http://fieldday-%s.%s.svc.cluster.local:8080" . $root.Release.Namespace | quote }}
{{- end }}
{{- end -}}

{{/* A track's environment variables: the platform's, and the service's own settings. */}}
{{- define "service-library.configData" -}}
{{ include "service-library.platformConfig" .root }}
{{- range $key, $value := .track.config }}
{{ $key }}: {{ include "service-library.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* A setting as text. Whole numbers stay whole: Helm reads them as floats, 1e+06 for a million. */}}
{{- define "service-library.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/*
One ConfigMap per track. Pods read it as environment variables when they start, and carry its checksum,
so a change is rolled out by that track's Deployment and rolled back by `helm rollback`.
*/}}
{{- define "service-library.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "service-library.trackName" (dict "root" .root "track" .track.name) }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "service-library.labels" .root | nindent 4 }}
    fieldday.io/track: {{ .track.name }}
data:
  {{- include "service-library.configData" . | nindent 2 }}
{{- end -}}
