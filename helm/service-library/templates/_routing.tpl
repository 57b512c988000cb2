{{/*
How users' requests reach the tracks: 100 - weight to stable, weight to candidate. A change of
weight changes only the objects of this file.
*/}}
{{- define "service-library.routing" -}}
{{- $kind := .Values.routing.kind -}}
{{- if ne $kind "none" -}}
{{- $template := get (dict "HTTPRoute" "httpRoute" "alb" "albIngress" "nginx" "nginxIngress") $kind -}}
{{- include (printf "service-library.%s" $template) . -}}
{{- end -}}
{{- end -}}

{{- define "service-library.routeMetadata" -}}
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "service-library.labels" .root | nindent 4 }}
{{- end -}}

{{/* Gateway API. Scope of the second one: {root, name, suffix of the host, weight}. */}}
{{- define "service-library.httpRoute" -}}
{{- $name := include "service-library.name" . -}}
---
{{ include "service-library.oneHttpRoute" (dict "root" . "name" $name "suffix" "" "weight" .Values.candidate.weight) }}
{{- if and .Values.candidate.enabled .Values.candidate.preview }}
---
{{ include "service-library.oneHttpRoute" (dict "root" . "name" (printf "%s-preview" $name) "suffix" "-preview" "weight" 100) }}
{{- end }}
{{- end -}}

{{- define "service-library.oneHttpRoute" -}}
{{- $name := include "service-library.name" .root -}}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
{{ include "service-library.routeMetadata" . }}
  {{- with .root.Values.routing.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  parentRefs:
    - group: gateway.networking.k8s.io
      kind: Gateway
      name: {{ .root.Values.routing.gateway.name }}
      namespace: {{ .root.Values.routing.gateway.namespace }}
  hostnames:
    - {{ include "service-library.host" . }}
  rules:
    - matches:
        - path: {type: PathPrefix, value: /}
      backendRefs:
        - {group: "", kind: Service, name: {{ $name }}, port: 8080, weight: {{ sub 100 (int .weight) }}}
        - {group: "", kind: Service, name: {{ $name }}-candidate, port: 8080, weight: {{ int .weight }}}
{{- end -}}

{{/*
AWS Load Balancer Controller: one Ingress whose backend is the weighted action "split".
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions
*/}}
{{- define "service-library.albIngress" -}}
{{- $name := include "service-library.name" . -}}
---
{{ include "service-library.oneAlbIngress" (dict "root" . "name" $name "suffix" "" "weight" .Values.candidate.weight) }}
{{- if and .Values.candidate.enabled .Values.candidate.preview }}
---
{{ include "service-library.oneAlbIngress" (dict "root" . "name" (printf "%s-preview" $name) "suffix" "-preview" "weight" 100) }}
{{- end }}
{{- end -}}

{{- define "service-library.oneAlbIngress" -}}
{{- $name := include "service-library.name" .root -}}
{{- $weight := int .weight -}}
{{- $targets := list (dict "serviceName" $name "servicePort" "http" "weight" (sub 100 $weight)) (dict "serviceName" (printf "%s-candidate" $name) "servicePort" "http" "weight" $weight) -}}
{{- $action := dict "type" "forward" "forwardConfig" (dict "targetGroups" $targets) -}}
{{- $annotations := dict "alb.ingress.kubernetes.io/target-type" "ip" "alb.ingress.kubernetes.io/healthcheck-path" "/readyz" "alb.ingress.kubernetes.io/actions.split" (toJson $action) -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
{{ include "service-library.routeMetadata" . }}
  annotations:
    {{- toYaml (merge $annotations (.root.Values.routing.annotations | default dict)) | nindent 4 }}
spec:
  ingressClassName: alb
  rules:
    - host: {{ include "service-library.host" . }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: split
                port:
                  name: use-annotation
{{- end -}}

{{/*
Ingress-NGINX: the stable Ingress, and a canary Ingress beside it while there is a candidate.
https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary
*/}}
{{- define "service-library.nginxIngress" -}}
{{- $name := include "service-library.name" . -}}
{{- $candidate := printf "%s-candidate" $name -}}
{{- /* The controller enforces the limit per address, the service itself the limit per user. */}}
{{- $limit := ternary (dict "nginx.ingress.kubernetes.io/limit-rpm" (int .Values.rateLimits.perIp | toString)) dict (gt (int .Values.rateLimits.perIp) 0) -}}
---
{{ include "service-library.oneNginxIngress" (dict "root" . "name" $name "service" $name "suffix" "" "annotations" $limit) }}
{{- if .Values.candidate.enabled }}
{{- $canary := dict "nginx.ingress.kubernetes.io/canary" "true" "nginx.ingress.kubernetes.io/canary-weight" (toString .Values.candidate.weight) }}
---
{{ include "service-library.oneNginxIngress" (dict "root" . "name" $candidate "service" $candidate "suffix" "" "annotations" $canary) }}
{{- if .Values.candidate.preview }}
---
{{ include "service-library.oneNginxIngress" (dict "root" . "name" (printf "%s-preview" $name) "service" $candidate "suffix" "-preview" "annotations" $limit) }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "service-library.oneNginxIngress" -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
{{ include "service-library.routeMetadata" . }}
  {{- with merge .annotations (.root.Values.routing.annotations | default dict) }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  ingressClassName: nginx
  rules:
    - host: {{ include "service-library.host" . }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ .service }}
                port:
                  name: http
{{- end -}}
