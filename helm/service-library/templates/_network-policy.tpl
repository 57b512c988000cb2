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
    # Clusters that don't resolve names in pods: a cache on the node, and Cloud DNS on GKE.
    - ipBlock: {cidr: 169.254.20.10/32}
    - ipBlock: {cidr: 169.254.169.254/32}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end -}}

{{/*
The pods of another service. With no more labels than its Services select by: only then do the policies
of Amazon's VPC CNI permit the Service's own address.
*/}}
{{- define "service-library.peer" -}}
podSelector:
  matchLabels:
    app.kubernetes.io/name: {{ . }}
    app.kubernetes.io/instance: fieldday-{{ . }}
{{- end -}}

{{/*
Denies the service's pods everything in both directions, except requests from the edge, the metrics
scraper, the chart's test and the services that call it; and calls to the services it depends on,
DNS, its stores, the trace collector, and the internet by HTTPS if it calls hosts or S3 there
(a policy can't name hosts). An ALB is not a pod: its requests come from its subnets' addresses. An AWS
role is assumed through STS, whose endpoint is in the stores' network.
*/}}
{{- define "service-library.networkPolicy" -}}
{{- $v := .Values -}}
{{- $storePorts := dict "postgresql" 5432 "redis" 6379 -}}
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
        - {{- include "service-library.peer" . | nindent 10 }}
      ports:
        - {protocol: TCP, port: http}
    {{- end }}
    {{- $ports := list }}
    {{- range without $v.stores "s3" }}
    {{- $ports = append $ports (get $storePorts .) }}
    {{- end }}
    {{- if $v.serviceAccount.roleArn }}
    {{- $ports = append $ports 443 }}
    {{- end }}
    {{- range $ports }}
    - to:
        - ipBlock:
            cidr: {{ $v.networkPolicy.storesCidr }}
      ports:
        - {protocol: TCP, port: {{ . }}}
    {{- end }}
    {{- with $v.tracing.endpoint }}
    - to:
        - {{- include "service-library.inNamespace" $v.networkPolicy.monitoringNamespace | nindent 10 }}
      ports:
        - {protocol: TCP, port: {{ regexFind "[0-9]+$" (urlParse .).host | default "4318" }}}
    {{- end }}
    {{- if or $v.callsOutside (has "s3" $v.stores) }}
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
            except:
              {{- toYaml $v.networkPolicy.ownCidrs | nindent 14 }}
      ports:
        - {protocol: TCP, port: 443}
    {{- end }}
    {{- with $v.networkPolicy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* The chart's test is a pod of its own: it may resolve and call the service, and nothing else. */}}
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
        - {{- include "service-library.peer" .Values.name | nindent 10 }}
      ports:
        - {protocol: TCP, port: http}
{{- end -}}
