{{- /* Combinations that cannot work, each with what to do instead. Included once, by the deployments. */ -}}
{{- define "warmline.checks" -}}
{{- $values := .Values -}}
{{- $declared := include "warmline.declared" . | fromYaml -}}
{{- if not $values.kafka.brokers -}}
{{- fail "kafka.brokers is empty: give your cluster's bootstrap servers, such as kafka-bootstrap.kafka:9092 (the chart brings no Kafka)" -}}
{{- end -}}
{{- if hasPrefix "SASL" $values.kafka.securityProtocol -}}
{{- if not $values.kafka.sasl.mechanism -}}
{{- fail (printf "kafka.securityProtocol is %s: say kafka.sasl.mechanism (PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)" $values.kafka.securityProtocol) -}}
{{- end -}}
{{- range $name, $service := $values.services -}}
{{- if and $service.enabled (not (or $service.credentials.kafka $values.kafka.sasl.existingSecret)) -}}
{{- fail (printf "%s has no SASL Secret: name one in kafka.sasl.existingSecret or services.%s.credentials.kafka" $name $name) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $values.topics.mode "job") (not (or $values.topics.job.kafkaSecret $values.kafka.sasl.existingSecret)) -}}
{{- fail "the topics job has no SASL Secret: name one in topics.job.kafkaSecret (a user that may create topics), or set topics.mode to strimzi or none" -}}
{{- end -}}
{{- else if $values.kafka.sasl.mechanism -}}
{{- fail (printf "kafka.sasl.mechanism is given, but kafka.securityProtocol is %s: use SASL_SSL or SASL_PLAINTEXT" $values.kafka.securityProtocol) -}}
{{- end -}}
{{- range $name, $value := $values.kafka.extra -}}
{{- if contains "," (toString $value) -}}
{{- fail (printf "kafka.extra: the value of %s has a comma in it, which divides one setting from the next in WARMLINE_KAFKA_EXTRA" $name) -}}
{{- end -}}
{{- end -}}
{{- if contains "@" $values.redis.url -}}
{{- fail "redis.url holds a user or a password: leave them out and name a Secret in redis.auth.existingSecret" -}}
{{- end -}}
{{- if and $values.autoscaling.hpa.enabled $values.autoscaling.keda.enabled -}}
{{- fail "autoscaling.hpa.enabled and autoscaling.keda.enabled are both true: two scalers would fight over the same Deployments; KEDA makes HPAs of its own, so choose one" -}}
{{- end -}}
{{- if and $values.policy.content $values.policy.existingConfigMap -}}
{{- fail "policy.content and policy.existingConfigMap are both given: choose one" -}}
{{- end -}}
{{- if and (eq $values.topics.mode "strimzi") (not $values.topics.strimzi.cluster) -}}
{{- fail "topics.mode is strimzi: say topics.strimzi.cluster, the name of your Kafka resource" -}}
{{- end -}}
{{- if and (eq $values.topics.mode "strimzi") (lt (int $values.topics.replication) 1) -}}
{{- fail "topics.mode is strimzi: say topics.replication, such as 3; a KafkaTopic takes no -1" -}}
{{- end -}}
{{- if and $values.gateway.keysFile (not $values.gateway.existingSecret) -}}
{{- fail "gateway.keysFile is true: name the Secret that holds `keys` in gateway.existingSecret" -}}
{{- end -}}
{{- if and $values.services.gateway.enabled (not (or $values.gateway.keysFile (dig "gateway_oidc_issuer" "" $values.settings) $values.services.gateway.extraEnv)) -}}
{{- fail "services.gateway.enabled is true, but nobody could come in: put a file of keys (`warmline keys create`) into a Secret, name it in gateway.existingSecret and set gateway.keysFile to true, or give settings.gateway_oidc_issuer" -}}
{{- end -}}
{{- if and $values.services.gateway.enabled (not $values.gateway.existingSecret) (include "warmline.gatewaysShareSessions" .) -}}
{{- fail "more than one gateway may run, and each would sign the console's sessions with a secret of its own, so that people are signed out at random: make a Secret with `session-secret` (kubectl create secret generic warmline-doors --from-literal=session-secret=\"$(openssl rand -hex 32)\") and name it in gateway.existingSecret, or run one (services.gateway.replicas, or its autoscaling.maxReplicas where it is scaled, 1)" -}}
{{- end -}}
{{- $buckets := int (dig "store_buckets" 48 $values.settings) -}}
{{- if mod $buckets (int $values.topics.partitions) -}}
{{- fail (printf "topics.partitions is %d, which does not divide the store's %d buckets: due times could not be told to the owner of a partition (choose 12, 24, 48 or another divisor)" (int $values.topics.partitions) $buckets) -}}
{{- end -}}
{{- $scaled := or $values.autoscaling.hpa.enabled $values.autoscaling.keda.enabled -}}
{{- range $name, $service := $values.services -}}
{{- $known := get $declared.services $name | default dict -}}
{{- if $service.enabled -}}
{{- if and $known.store (not $values.redis.url) -}}
{{- fail (printf "redis.url is empty, and %s keeps its state in Redis: give the address of your Redis or Valkey (the chart brings none)" $name) -}}
{{- end -}}
{{- with $service.autoscaling -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "services.%s.autoscaling: minReplicas %d is more than maxReplicas %d" $name (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if and $scaled $known.scales_on_lag (gt (int .maxReplicas) (int $values.topics.partitions)) -}}
{{- fail (printf "services.%s.autoscaling.maxReplicas is %d, but topics.partitions is %d: instances without a partition would idle" $name (int .maxReplicas) (int $values.topics.partitions)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
