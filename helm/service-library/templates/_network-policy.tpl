{{- define "service-library.inNamespace" -}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ . }}
{{- end -}}

{{- define "service-library.dnsRule" -}}
- to:
    - {{- include "service-library.inNamespace" "kube-system" | nindent 6 }}
      podSelector:
        matchLabels:
          k8s-app: kube-dns
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end -}}

{{/*
Denies the service's pods everything, both ways, but: requests from the edge, the metrics'
scraper, the chart's test and the services that call it; calls to the services it depends on,
DNS, its stores, the traces' collector, and by HTTPS the internet where it calls hosts there (a policy can't name hosts). An ALB is no pod: its requests come from its subnets' addresses.
*/}}
{{- define "service-library.networkPolicy" -}}
{{- $v := .Values -}}
{{- $storePorts := dict "postgresql" 5432 "redis" 6379 "s3" 443 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "service-library.name" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service-library.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ $v.name }}
      app.kubernetes.io/instance: {{ include "service-library.name" . }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - {{- include "service-library.inNamespace" $v.networkPolicy.monitoringNamespace | nindent 10 }}
        {{- if eq $v.routing.kind "alb" }}
        - ipBlock:
            cidr: {{ $v.networkPolicy.edgeCidr }}
        {{- else if ne $v.routing.kind "none" }}
        - {{- include "service-library.inNamespace" $v.networkPolicy.edgeNamespace | nindent 10 }}
        {{- end }}
        {{- range $v.callers }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ . }}
              app.kubernetes.io/part-of: fieldday
        {{- end }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ $v.name }}-test
              app.kubernetes.io/part-of: fieldday
      ports:
        - {protocol: TCP, port: {{ $v.port }}}
  egress:
    {{- include "service-library.dnsRule" . | nindent 4 }}
    {{- range $v.dependencies }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ . }}
              app.kubernetes.io/part-of: fieldday
      ports:
        - {protocol: TCP, port: http}
    {{- end }}
    {{- range $v.stores }}
    - to:
        - ipBlock:
            cidr: {{ $v.networkPolicy.storesCidr }}
      ports:
        - {protocol: TCP, port: {{ get $storePorts . }}}
    {{- end }}
    {{- with $v.tracing.endpoint }}
    - to:
        - {{- include "service-library.inNamespace" $v.networkPolicy.monitoringNamespace | nindent 10 }}
      ports:
        - {protocol: TCP, port: {{ regexFind "[0-9]+$" (urlParse .).host | default "4318" }}}
    {{- end }}
    {{- if $v.callsOutside }}
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
            except:
              {{- toYaml $v.networkPolicy.ownCidrs | nindent 14 }}
      ports:
        - {protocol: TCP, port: 443}
    {{- end }}
{{- end -}}

{{/* The chart's test is a pod of its own: it may find and ask the service, and nothing else. */}}
{{- define "service-library.testNetworkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "service-library.name" . }}-test
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "service-library.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .Values.name }}-test
      app.kubernetes.io/instance: {{ include "service-library.name" . }}
  policyTypes: [Ingress, Egress]
  egress:
    {{- include "service-library.dnsRule" . | nindent 4 }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .Values.name }}
              app.kubernetes.io/part-of: fieldday
      ports:
        - {protocol: TCP, port: http}
{{- end -}}
