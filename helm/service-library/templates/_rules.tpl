{{/*
What the schema can't say, or can't say well. Every broken rule is listed at once, each as
    Service 'api': replicas is 0. Production needs at least 2.
*/}}
{{- define "service-library.rules" -}}
{{- $empty := include "service-library.rules.empty" (dict "given" .Values "expected" (index .Values "service-library" "defaults") "path" "" "name" .Values.name) -}}
{{- with trim $empty -}}
{{- fail (printf "\n%s" .) -}}
{{- end -}}
{{- $broken := list -}}
{{- range list "identity" "images" "scale" "candidate" "config" "secrets" "cron" "routing" -}}
{{- $found := include (printf "service-library.rules.%s" .) $ -}}
{{- range splitList "\n" $found -}}
{{- with trim . -}}
{{- $broken = append $broken (printf "Service '%s': %s" $.Values.name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $broken -}}
{{- fail (printf "\n%s" (join "\n" $broken)) -}}
{{- end -}}
{{- end -}}

{{/*
The keys whose default a values file removed by setting null. `annotations` may be removed.
*/}}
{{- define "service-library.rules.empty" -}}
{{- range $key, $default := .expected }}
{{- $given := get $.given $key }}
{{- $path := printf "%s%s" $.path $key }}
{{- if kindIs "map" $default }}
{{- if kindIs "map" $given }}
{{- include "service-library.rules.empty" (dict "given" $given "expected" $default "path" (printf "%s." $path) "name" $.name) }}
{{- else if ne $key "annotations" }}
Service '{{ $.name }}': {{ $path }} is null. Set a value, or omit it to use the default.
{{- end }}
{{- else if not (hasKey $.given $key) }}
Service '{{ $.name }}': {{ $path }} is null. Set a value, or omit it to use the default.
{{- end }}
{{- end }}
{{- end -}}

{{- define "service-library.rules.identity" -}}
{{- $v := .Values }}
{{- if ne $v.name .Chart.Name }}
name is '{{ $v.name }}', but the chart is '{{ .Chart.Name }}'. Remove it: the chart sets it.
{{- end }}
{{- if ne .Release.Name (include "service-library.name" .) }}
the release name is '{{ .Release.Name }}'. Use '{{ include "service-library.name" . }}', the name by which other services reach it.
{{- end }}
{{- $environments := list "production" "staging" "development" }}
{{- if and (has .Release.Namespace $environments) (ne .Release.Namespace $v.environment) }}
environment is {{ $v.environment }}, but the namespace is {{ .Release.Namespace }}. Use that namespace's values file, values-{{ .Release.Namespace }}.yaml.
{{- end }}
{{- end -}}

{{- define "service-library.rules.images" -}}
{{- $v := .Values }}
{{- range $where, $image := dict "image" $v.image "candidate" $v.candidate }}
{{- if eq $image.tag "latest" }}
{{ $where }}.tag is 'latest'. Name one version, since what runs must be known.
{{- else if and $image.tag (not (regexMatch "^[0-9A-Za-z](?:[0-9A-Za-z._-]{0,61}[0-9A-Za-z])?$" $image.tag)) }}
{{ $where }}.tag is {{ $image.tag | trunc 80 | quote }}. Use 1 to 63 letters, digits, '.', '_' or '-', with a letter or digit at both ends.
{{- end }}
{{- if and $image.digest (not (regexMatch "^sha256:[0-9a-f]{64}$" $image.digest)) }}
{{ $where }}.digest is {{ $image.digest | trunc 80 | quote }}. Use 'sha256:' and 64 hexadecimal digits, or leave it empty.
{{- end }}
{{- end }}
{{- /* `lookup` returns nothing without a cluster, as with `helm template`. */}}
{{- if not $v.image.tag }}
{{- with lookup "apps/v1" "Deployment" .Release.Namespace (include "service-library.name" .) }}
{{- $version := get .metadata.labels "app.kubernetes.io/version" }}
{{- if ne $version $.Chart.AppVersion }}
image.tag is empty, which is version {{ $.Chart.AppVersion }}, but {{ $version }} runs. Add --reset-then-reuse-values to change other values alone, or name a version.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "service-library.rules.scale" -}}
{{- $v := .Values }}
{{- $auto := $v.autoscaling }}
{{- if eq $v.environment "production" }}
{{- if and (not $auto.enabled) (lt (int $v.replicas) 2) }}
replicas is {{ int $v.replicas }}. Production needs at least 2.
{{- end }}
{{- if and $auto.enabled (lt (int $auto.minReplicas) 2) }}
autoscaling.minReplicas is {{ int $auto.minReplicas }}. Production needs at least 2.
{{- end }}
{{- if not $v.podDisruptionBudget.enabled }}
podDisruptionBudget.enabled is false. Production needs one, so that a drain leaves serving pods.
{{- end }}
{{- $pods := ternary $auto.minReplicas $v.replicas $auto.enabled | int }}
{{- if and (ge $pods 2) (ge (int $v.podDisruptionBudget.maxUnavailable) $pods) }}
podDisruptionBudget.maxUnavailable is {{ int $v.podDisruptionBudget.maxUnavailable }} of {{ $pods }} pods, so a drain may evict all. Lower it to {{ sub $pods 1 }} or less.
{{- end }}
{{- range $key := list "edgeCidr" "storesCidr" }}
{{- $cidr := get $v.networkPolicy $key }}
{{- if hasSuffix "/0" $cidr }}
networkPolicy.{{ $key }} is {{ $cidr }}, which is every address. Set the network's CIDR.
{{- end }}
{{- end }}
{{- if not $v.networkPolicy.enabled }}
networkPolicy.enabled is false. Production permits only the connections in catalog.yaml; set it to true.
{{- end }}
{{- end }}
{{- if and $auto.enabled (gt (int $auto.minReplicas) (int $auto.maxReplicas)) }}
autoscaling.minReplicas is {{ int $auto.minReplicas }}, above maxReplicas {{ int $auto.maxReplicas }}. Raise maxReplicas or lower minReplicas.
{{- end }}
{{- if ge (int $v.minReadySeconds) (int $v.progressDeadlineSeconds) }}
minReadySeconds is {{ int $v.minReadySeconds }}, not below progressDeadlineSeconds {{ int $v.progressDeadlineSeconds }}, so no rollout could end in time. Lower it, or raise progressDeadlineSeconds.
{{- end }}
{{- if ge (int $v.preStopSeconds) (int $v.terminationGraceSeconds) }}
preStopSeconds is {{ int $v.preStopSeconds }}, not below terminationGraceSeconds {{ int $v.terminationGraceSeconds }}. Leave the service time to drain: raise terminationGraceSeconds.
{{- end }}
{{- end -}}

{{- define "service-library.rules.candidate" -}}
{{- $candidate := .Values.candidate }}
{{- if $candidate.enabled }}
{{- if not $candidate.tag }}
candidate.tag is empty. Name the version to try, or set candidate.enabled to false.
{{- end }}
{{- if lt (int $candidate.replicas) 1 }}
candidate.replicas is {{ int $candidate.replicas }}. An enabled candidate needs at least 1.
{{- end }}
{{- else if gt (int $candidate.weight) 0 }}
candidate.weight is {{ int $candidate.weight }}, but there is no candidate. Set candidate.enabled to true, or the weight to 0.
{{- end }}
{{- end -}}

{{- define "service-library.rules.config" -}}
{{- $v := .Values }}
{{- $reserved := keys (include "service-library.platformConfig" . | fromYaml) }}
{{- $reserved = concat $reserved (list "VERSION" "TRACK" "POD_IP" "POD_NAME" "NAMESPACE" "RATE_LIMIT_PER_USER" "RATE_LIMIT_PER_IP" "OTEL_EXPORTER_OTLP_ENDPOINT") }}
{{- range $where, $config := dict "config" $v.config "candidate.config" $v.candidate.config }}
{{- range $key, $_ := $config }}
{{- if has $key $reserved }}
{{ $where }}.{{ $key }} is set by the chart. Remove it.
{{- else if regexMatch "(PASSWORD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|DATABASE_URL|CACHE_URL)$" $key }}
{{ $where }}.{{ $key }} looks like a secret. Move it to the Secret that secrets.kind selects.
{{- end }}
{{- end }}
{{- end }}
{{- if has $v.name $v.dependencies }}
dependencies has the service itself. Remove '{{ $v.name }}'.
{{- end }}
{{- end -}}

{{- define "service-library.rules.secrets" -}}
{{- $secrets := .Values.secrets }}
{{- if and (eq $secrets.kind "none") (eq .Values.environment "production") .Values.stores }}
secrets.kind is none, but {{ first .Values.stores }} needs an address and a password. Set it to external or existing.
{{- end }}
{{- if and (eq $secrets.kind "plain") (eq .Values.environment "production") }}
secrets.kind is plain. Production's secrets come from outside; set it to external or existing.
{{- end }}
{{- if and (eq $secrets.kind "plain") (not $secrets.plain) }}
secrets.plain is empty. Set the Secret's content, or set secrets.kind to none.
{{- end }}
{{- if and (ne $secrets.kind "plain") $secrets.plain }}
secrets.plain is set, but secrets.kind is {{ $secrets.kind }}. Set it to plain, or remove secrets.plain.
{{- end }}
{{- if and (ne $secrets.kind "existing") $secrets.existing }}
secrets.existing is '{{ $secrets.existing }}', but secrets.kind is {{ $secrets.kind }}. Set it to existing, or remove secrets.existing.
{{- end }}
{{- if and (eq $secrets.kind "external") (not $secrets.external.key) }}
secrets.external.key is empty. Name the secret in AWS Secrets Manager, such as fieldday/{{ .Values.environment }}/{{ .Values.name }}.
{{- end }}
{{- end -}}

{{/* A CronJob's name may have 52 characters, since its Jobs' names are longer. */}}
{{- define "service-library.rules.cron" -}}
{{- $name := include "service-library.name" . }}
{{- range $task, $_ := .Values.cron.tasks }}
{{- $length := len (printf "%s-%s" $name $task) }}
{{- if gt $length 52 }}
cron.tasks has '{{ $task }}', whose CronJob's name would have {{ $length }} characters. Shorten the name by {{ sub $length 52 }}.
{{- end }}
{{- end }}
{{- end -}}

{{- define "service-library.rules.routing" -}}
{{- $routing := .Values.routing }}
{{- if and (ne $routing.kind "none") (not $routing.domain) }}
routing.domain is empty. Name the domain under which the edge offers the service, or set routing.kind to none.
{{- end }}
{{- end -}}
