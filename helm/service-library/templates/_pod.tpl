{{/* What the "restricted" Pod Security Standard requires of a pod. */}}
{{- define "service-library.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* What the "restricted" Pod Security Standard requires of a container, and a read-only root. */}}
{{- define "service-library.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "service-library.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
{{- range $key, $value := omit . "path" }}
{{ $key }}: {{ $value }}
{{- end }}
{{- end -}}

{{- define "service-library.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* What all pods of the service have in common: its Deployments', its tasks' and its test's. */}}
{{- define "service-library.podBase" -}}
serviceAccountName: {{ include "service-library.name" . }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- include "service-library.pullSecrets" . }}
securityContext:
  {{- include "service-library.podSecurity" . | nindent 2 }}
{{- end -}}

{{/* A container's environment. Scope: {root, track: an entry of service-library.tracks}. */}}
{{- define "service-library.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "service-library.trackName" (dict "root" .root "track" .track.name) }}
  {{- with include "service-library.secretName" .root }}
  - secretRef:
      name: {{ . }}
  {{- end }}
env:
  - name: VERSION
    value: {{ .track.tag | quote }}
  - name: TRACK
    value: {{ .track.name }}
  {{- range $name, $path := dict "POD_IP" "status.podIP" "POD_NAME" "metadata.name" "NAMESPACE" "metadata.namespace" }}
  - name: {{ $name }}
    valueFrom:
      fieldRef:
        fieldPath: {{ $path }}
  {{- end }}
{{- end -}}

{{/* A container's resources, and the one folder that it may write to. */}}
{{- define "service-library.containerLimits" -}}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- include "service-library.containerSecurity" . | nindent 2 }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- end -}}

{{- define "service-library.volumes" -}}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
{{- end -}}

{{/* The pod of one track. Scope: {root, track: an entry of service-library.tracks}. */}}
{{- define "service-library.podSpec" -}}
{{- $root := .root -}}
{{- $v := .root.Values -}}
{{- $scope := dict "root" $root "track" .track.name -}}
{{ include "service-library.podBase" $root }}
terminationGracePeriodSeconds: {{ $v.terminationGraceSeconds }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "service-library.selector" $scope | nindent 8 }}
  {{- end }}
containers:
  - name: {{ $v.name }}
    image: {{ include "service-library.image" (dict "root" $root "tag" .track.tag "digest" .track.digest) }}
    imagePullPolicy: {{ $v.image.pullPolicy }}
    # The error of a failed release quotes the container's last log lines.
    terminationMessagePolicy: FallbackToLogsOnError
    ports:
      - name: http
        containerPort: {{ $v.port }}
        protocol: TCP
    {{- include "service-library.environment" . | nindent 4 }}
    startupProbe:
      {{- include "service-library.probe" $v.probes.startup | nindent 6 }}
    readinessProbe:
      {{- include "service-library.probe" $v.probes.readiness | nindent 6 }}
    livenessProbe:
      {{- include "service-library.probe" $v.probes.liveness | nindent 6 }}
    lifecycle:
      preStop:
        sleep:
          seconds: {{ $v.preStopSeconds }}
    {{- include "service-library.containerLimits" $root | nindent 4 }}
{{ include "service-library.volumes" $root }}
{{- end -}}
