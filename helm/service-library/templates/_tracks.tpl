{{/*
The running tracks, as a JSON list of {name, tag, digest, replicas, config}: stable always,
candidate when it is enabled.

Nothing of one track is part of the other's Deployment or ConfigMap: starting, changing, weighting
or removing a candidate never restarts a stable pod, and a restarted stable pod never gets the
candidate's configuration.
*/}}
{{- define "service-library.tracks" -}}
{{- $v := .Values -}}
{{- $stable := dict "name" "stable" "tag" ($v.image.tag | default .Chart.AppVersion) "digest" $v.image.digest "replicas" $v.replicas "config" $v.config -}}
{{- $tracks := list $stable -}}
{{- if $v.candidate.enabled -}}
{{- $config := mustMergeOverwrite (deepCopy $v.config) $v.candidate.config -}}
{{- $tracks = append $tracks (dict "name" "candidate" "tag" $v.candidate.tag "digest" $v.candidate.digest "replicas" $v.candidate.replicas "config" $config) -}}
{{- end -}}
{{- $tracks | toJson -}}
{{- end -}}
