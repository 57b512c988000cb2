{{/* One track's Deployment. Scope: {root, track: an entry of service-library.tracks}. */}}
{{- define "service-library.deployment" -}}
{{- $root := .root -}}
{{- $track := .track -}}
{{- $scope := dict "root" $root "track" $track.name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "service-library.trackName" $scope }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "service-library.labels" $root | nindent 4 }}
    app.kubernetes.io/version: {{ $track.tag | quote }}
    fieldday.io/track: {{ $track.name }}
  {{- with include "service-library.ownership" $root | trim }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
spec:
  {{- /* The autoscaler, if there is one, owns the stable track's replicas. */}}
  {{- if not (and $root.Values.autoscaling.enabled (eq $track.name "stable")) }}
  replicas: {{ int $track.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  minReadySeconds: {{ $root.Values.minReadySeconds }}
  progressDeadlineSeconds: {{ $root.Values.progressDeadlineSeconds }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels:
      {{- include "service-library.selector" $scope | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "service-library.selector" $scope | nindent 8 }}
        app.kubernetes.io/version: {{ $track.tag | quote }}
        app.kubernetes.io/part-of: fieldday
        app.kubernetes.io/managed-by: {{ $root.Release.Service }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ $root.Values.port | quote }}
        fieldday.io/config-checksum: {{ include "service-library.configData" . | sha256sum }}
        {{- if eq $root.Values.secrets.kind "plain" }}
        fieldday.io/secret-checksum: {{ $root.Values.secrets.plain | toJson | sha256sum }}
        {{- end }}
    spec:
      {{- include "service-library.podSpec" . | nindent 6 }}
{{- end -}}
