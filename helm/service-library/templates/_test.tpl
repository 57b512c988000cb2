{{/* `helm test fieldday-api`: checks that the stable track's Service is ready. */}}
{{- define "service-library.test" -}}
{{- $name := include "service-library.name" . -}}
{{- $url := printf "http://%s.%s.svc.cluster.local:8080/readyz" $name .Release.Namespace -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ $name }}-test
  namespace: {{ .Release.Namespace }}
  labels:
    {{- omit (include "service-library.labels" . | fromYaml) "app.kubernetes.io/name" | toYaml | nindent 4 }}
    app.kubernetes.io/name: {{ .Values.name }}-test
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 60
  {{- include "service-library.podBase" . | nindent 2 }}
  containers:
    - name: ask
      image: {{ include "service-library.image" (dict "root" . "tag" (.Values.image.tag | default .Chart.AppVersion) "digest" .Values.image.digest) }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command:
        {{- toYaml .Values.test.command | replace "$(URL)" $url | nindent 8 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        {{- include "service-library.containerSecurity" . | nindent 8 }}
{{- end -}}
