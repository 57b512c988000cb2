{{/* How many of one track's pods a drain may evict at a time. */}}
{{- define "service-library.podDisruptionBudget" -}}
{{- $scope := dict "root" .root "track" .track.name -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "service-library.trackName" $scope }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "service-library.labels" .root | nindent 4 }}
    fieldday.io/track: {{ .track.name }}
spec:
  maxUnavailable: {{ .root.Values.podDisruptionBudget.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "service-library.selector" $scope | nindent 6 }}
{{- end -}}

{{/* Scales the stable track. A candidate keeps its size, so that it is analyzed at that size. */}}
{{- define "service-library.horizontalPodAutoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "service-library.name" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service-library.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "service-library.name" . }}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  {{- if .Values.candidate.enabled }}
  # While the candidate has its requests, stable looks idle, but it may get them back at any moment.
  behavior:
    scaleDown:
      selectPolicy: Disabled
  {{- end }}
  metrics:
    {{- range $resource, $percent := dict "cpu" .Values.autoscaling.cpuPercent "memory" .Values.autoscaling.memoryPercent }}
    - type: Resource
      resource:
        name: {{ $resource }}
        target:
          type: Utilization
          averageUtilization: {{ $percent }}
    {{- end }}
    {{- with int .Values.autoscaling.requestsPerSecond }}
    # Needs an adapter for the custom metrics API. Without one, the other metrics still scale up.
    - type: Pods
      pods:
        metric:
          name: http_requests_per_second
        target:
          type: AverageValue
          averageValue: {{ . | quote }}
    {{- end }}
{{- end -}}
