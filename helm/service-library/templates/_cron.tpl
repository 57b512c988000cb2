{{/*
The service's cron tasks: each runs the stable track's image with the stable track's settings.
Their pods have the service's labels but no track: its network policy applies to them, and no
Service sends them requests.
*/}}
{{- define "service-library.cronJobs" -}}
{{- $root := . -}}
{{- $stable := index (include "service-library.tracks" . | fromJsonArray) 0 -}}
{{- range $task, $given := .Values.cron.tasks }}
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {{ include "service-library.name" $root }}-{{ $task }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "service-library.labels" $root | nindent 4 }}
    fieldday.io/task: {{ $task }}
spec:
  schedule: {{ $given.schedule | quote }}
  timeZone: Etc/UTC
  suspend: {{ $root.Values.cron.suspend }}
  # A task that is still running is not started again.
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 300
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      activeDeadlineSeconds: {{ int $given.limitSeconds }}
      backoffLimit: 2
      ttlSecondsAfterFinished: 86400
      template:
        metadata:
          labels:
            app.kubernetes.io/name: {{ $root.Values.name }}
            app.kubernetes.io/instance: {{ include "service-library.name" $root }}
            app.kubernetes.io/part-of: fieldday
            app.kubernetes.io/managed-by: {{ $root.Release.Service }}
            fieldday.io/task: {{ $task }}
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: {{ $root.Values.terminationGraceSeconds }}
          {{- include "service-library.podBase" $root | nindent 10 }}
          # An interrupted task is started again, so it may run on spot nodes.
          tolerations:
            - {key: fieldday.io/tier, operator: Equal, value: batch, effect: NoSchedule}
          affinity:
            nodeAffinity:
              preferredDuringSchedulingIgnoredDuringExecution:
                - weight: 100
                  preference:
                    matchExpressions:
                      - {key: fieldday.io/tier, operator: In, values: [batch]}
          containers:
            - name: task
              image: {{ include "service-library.image" (dict "root" $root "tag" $stable.tag "digest" $stable.digest) }}
              imagePullPolicy: {{ $root.Values.image.pullPolicy }}
              command:
                {{- append $root.Values.cron.command $task | toYaml | nindent 16 }}
              {{- include "service-library.environment" (dict "root" $root "track" $stable) | nindent 14 }}
              {{- include "service-library.containerLimits" $root | nindent 14 }}
          {{- include "service-library.volumes" $root | nindent 10 }}
{{- end }}
{{- end -}}
