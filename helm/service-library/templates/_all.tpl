{{/*
Every object of one service. A service's chart has one template with one line:
    {{ include "service-library.all" . }}
*/}}
{{- define "service-library.all" -}}
{{- include "service-library.rules" . -}}
{{- range $track := include "service-library.tracks" . | fromJsonArray }}
{{- $scope := dict "root" $ "track" $track }}
---
{{ include "service-library.configMap" $scope }}
---
{{ include "service-library.deployment" $scope }}
{{- if and $.Values.podDisruptionBudget.enabled (or (eq $track.name "stable") (gt (int $track.replicas) 1)) }}
---
{{ include "service-library.podDisruptionBudget" $scope }}
{{- end }}
{{- end }}
---
{{ include "service-library.service" (dict "root" . "track" "stable") }}
---
{{ include "service-library.service" (dict "root" . "track" "candidate") }}
---
{{ include "service-library.serviceAccount" . }}
{{- if .Values.autoscaling.enabled }}
---
{{ include "service-library.horizontalPodAutoscaler" . }}
{{- end }}
{{- if .Values.networkPolicy.enabled }}
---
{{ include "service-library.networkPolicy" . }}
{{- if .Values.test.enabled }}
---
{{ include "service-library.testNetworkPolicy" . }}
{{- end }}
{{- end }}
{{ include "service-library.secret" . }}
{{ include "service-library.cronJobs" . }}
{{ include "service-library.routing" . }}
{{- if .Values.test.enabled }}
---
{{ include "service-library.test" . }}
{{- end }}
{{- end -}}
