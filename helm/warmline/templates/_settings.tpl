{{- /*
Where a process finds its parts: WARMLINE_ variables and the files that they name.
Called with (dict "root" $ "kafkaSecret" ... "kafkaClientSecret" ... "redisSecret" ... "redis" true|false).
*/ -}}

{{- /* A value as its variable holds it. A values file's numbers are floats to Helm, which writes 2000000 as 2e+06. */ -}}
{{- define "warmline.plain" -}}
{{- ternary . (toJson .) (kindIs "string" .) -}}
{{- end -}}

{{- define "warmline.kafkaEnv" -}}
{{- $kafka := .root.Values.kafka -}}
- name: WARMLINE_KAFKA_BROKERS
  value: {{ $kafka.brokers | quote }}
- name: WARMLINE_KAFKA_SECURITY_PROTOCOL
  value: {{ $kafka.securityProtocol | quote }}
{{- if hasPrefix "SASL" $kafka.securityProtocol }}
- name: WARMLINE_KAFKA_SASL_MECHANISM
  value: {{ $kafka.sasl.mechanism | quote }}
- name: WARMLINE_KAFKA_SASL_USERNAME
  valueFrom:
    secretKeyRef: {name: {{ .kafkaSecret | quote }}, key: {{ $kafka.sasl.usernameKey | quote }}}
- name: WARMLINE_KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .kafkaSecret | quote }}, key: {{ $kafka.sasl.passwordKey | quote }}}
{{- end }}
{{- if $kafka.tls.caSecret }}
- name: WARMLINE_KAFKA_SSL_CA_FILE
  value: /etc/warmline/kafka-ca/ca.crt
{{- end }}
{{- if .kafkaClientSecret }}
- name: WARMLINE_KAFKA_SSL_CERT_FILE
  value: /etc/warmline/kafka-client/tls.crt
- name: WARMLINE_KAFKA_SSL_KEY_FILE
  value: /etc/warmline/kafka-client/tls.key
{{- end }}
{{- if $kafka.topicPrefix }}
- name: WARMLINE_TOPIC_PREFIX
  value: {{ $kafka.topicPrefix | quote }}
{{- end }}
{{- if $kafka.extra }}
{{- $pairs := list }}
{{- range $name, $value := $kafka.extra }}
{{- $pairs = append $pairs (printf "%s=%s" $name (include "warmline.plain" $value)) }}
{{- end }}
- name: WARMLINE_KAFKA_EXTRA
  value: {{ join "," $pairs | quote }}
{{- end }}
{{- end -}}

{{- define "warmline.redisEnv" -}}
{{- $redis := .root.Values.redis -}}
- name: WARMLINE_REDIS_URL
  value: {{ $redis.url | quote }}
- name: WARMLINE_REDIS_PREFIX
  value: {{ $redis.prefix | quote }}
{{- if .redisSecret }}
{{- if $redis.auth.usernameKey }}
- name: WARMLINE_REDIS_USERNAME
  valueFrom:
    secretKeyRef: {name: {{ .redisSecret | quote }}, key: {{ $redis.auth.usernameKey | quote }}}
{{- end }}
- name: WARMLINE_REDIS_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .redisSecret | quote }}, key: {{ $redis.auth.passwordKey | quote }}}
{{- end }}
{{- with $redis.sentinelAuth }}
{{- if .existingSecret }}
{{- if .usernameKey }}
- name: WARMLINE_REDIS_SENTINEL_USERNAME
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret | quote }}, key: {{ .usernameKey | quote }}}
{{- end }}
- name: WARMLINE_REDIS_SENTINEL_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret | quote }}, key: {{ .passwordKey | quote }}}
{{- end }}
{{- end }}
{{- if $redis.tls.caSecret }}
- name: WARMLINE_REDIS_SSL_CA_FILE
  value: /etc/warmline/redis-ca/ca.crt
{{- end }}
{{- end -}}

{{- define "warmline.commonEnv" -}}
- name: WARMLINE_HTTP_HOST
  value: 0.0.0.0
- name: WARMLINE_HTTP_PORT
  value: "8080"
- name: WARMLINE_DRAIN_S
  value: {{ .Values.drainSeconds | quote }}
{{- if or .Values.policy.content .Values.policy.existingConfigMap }}
- name: WARMLINE_POLICY_FILE
  value: /etc/warmline/policy/policy.yaml
{{- end }}
{{- with include "warmline.settingsEnv" . | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{- /* What all services are set to, and the tests of their rights with them: `delivery` says which rights are wanted. */ -}}
{{- define "warmline.settingsEnv" -}}
{{- range $name, $value := .Values.settings }}
{{- if not (hasPrefix "gateway_" $name) }}
- name: WARMLINE_{{ upper $name }}
  value: {{ include "warmline.plain" $value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "warmline.gatewayEnv" -}}
- name: WARMLINE_GATEWAY_LISTEN
  value: 0.0.0.0:8000
{{- range $name, $value := .Values.settings }}
{{- if hasPrefix "gateway_" $name }}
- name: WARMLINE_{{ upper $name }}
  value: {{ include "warmline.plain" $value | quote }}
{{- end }}
{{- end }}
{{- with .Values.gateway.existingSecret }}
{{- range $variable, $key := dict "KEY_PEPPER" "key-pepper" "PSEUDONYM_KEY" "pseudonym-key" "SESSION_SECRET" "session-secret" "VENDOR_SECRETS" "vendor-secrets" }}
{{- $wanted := and (eq $key "session-secret") (include "warmline.gatewaysShareSessions" $) }}
- name: WARMLINE_GATEWAY_{{ $variable }}
  valueFrom:
    secretKeyRef: {name: {{ $.Values.gateway.existingSecret | quote }}, key: {{ $key }}{{ if not $wanted }}, optional: true{{ end }}}
{{- end }}
{{- end }}
{{- if .Values.gateway.keysFile }}
- name: WARMLINE_GATEWAY_KEYS_FILE
  value: /etc/warmline/gateway/keys
{{- end }}
{{- end -}}

{{- /*
"true" where the Secret must hold what sessions are signed with: several gateways may run, and one that makes up a secret
of its own knows no session that another opened. Each serves the console, so each opens sessions. Not where extraEnv has
it, which wins over the Secret.
*/ -}}
{{- define "warmline.gatewaysShareSessions" -}}
{{- $gateway := .Values.services.gateway -}}
{{- $scaled := or .Values.autoscaling.hpa.enabled .Values.autoscaling.keda.enabled -}}
{{- $most := int (ternary $gateway.autoscaling.maxReplicas $gateway.replicas $scaled) -}}
{{- $said := false -}}
{{- range $gateway.extraEnv -}}
{{- if eq (toString .name) "WARMLINE_GATEWAY_SESSION_SECRET" -}}{{- $said = true -}}{{- end -}}
{{- end -}}
{{- if and (gt $most 1) (not $said) -}}true{{- end -}}
{{- end -}}

{{- define "warmline.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if .root.Values.kafka.tls.caSecret }}
- name: kafka-ca
  mountPath: /etc/warmline/kafka-ca
  readOnly: true
{{- end }}
{{- if .kafkaClientSecret }}
- name: kafka-client
  mountPath: /etc/warmline/kafka-client
  readOnly: true
{{- end }}
{{- if and .redis .root.Values.redis.tls.caSecret }}
- name: redis-ca
  mountPath: /etc/warmline/redis-ca
  readOnly: true
{{- end }}
{{- end -}}

{{- define "warmline.volumes" -}}
{{- $values := .root.Values -}}
- name: tmp
  # scoring unpacks its language model there when it starts, 68 MB; a pod that outgrows the limit is evicted.
  emptyDir: {sizeLimit: 256Mi}
{{- with $values.kafka.tls }}
{{- if .caSecret }}
- name: kafka-ca
  secret:
    secretName: {{ .caSecret | quote }}
    items: [{key: {{ .caKey | quote }}, path: ca.crt}]
{{- end }}
{{- if $.kafkaClientSecret }}
- name: kafka-client
  secret:
    secretName: {{ $.kafkaClientSecret | quote }}
    items: [{key: {{ .certKey | quote }}, path: tls.crt}, {key: {{ .keyKey | quote }}, path: tls.key}]
{{- end }}
{{- end }}
{{- if and .redis $values.redis.tls.caSecret }}
- name: redis-ca
  secret:
    secretName: {{ $values.redis.tls.caSecret | quote }}
    items: [{key: {{ $values.redis.tls.caKey | quote }}, path: ca.crt}]
{{- end }}
{{- end -}}

{{- /* Where a pod may run; the same for services, hooks and tests. */ -}}
{{- define "warmline.placement" -}}
{{- with .Values.pod.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "warmline.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.pod.runAsUser }}
runAsGroup: {{ .Values.pod.runAsUser }}
fsGroup: {{ .Values.pod.runAsUser }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "warmline.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}
