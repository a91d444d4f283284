#!/bin/sh
# Made by `warmline acl kafka`. Grants each of Warmline's users what it needs and nothing else:
#     PATH=/opt/kafka/bin:$PATH acls.sh --bootstrap-server HOST:9092 --command-config admin.properties
set -eu

# scoring: the service scoring
kafka-acls.sh "$@" --add --allow-principal "User:warmline-scoring" --operation Read --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-scoring" --operation Write --topic conversation.scores
kafka-acls.sh "$@" --add --allow-principal "User:warmline-scoring" --operation Write --topic scoring.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-scoring" --operation Read --group scoring
kafka-acls.sh "$@" --add --allow-principal "User:warmline-scoring" --operation Write --transactional-id scoring- --resource-pattern-type prefixed

# windows: the service windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-windows" --operation Read --topic conversation.scores
kafka-acls.sh "$@" --add --allow-principal "User:warmline-windows" --operation Write --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-windows" --operation Write --topic conversation.summaries
kafka-acls.sh "$@" --add --allow-principal "User:warmline-windows" --operation Write --topic windows.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-windows" --operation Read --group windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-windows" --operation Write --transactional-id windows- --resource-pattern-type prefixed

# escalation: the service escalation
kafka-acls.sh "$@" --add --allow-principal "User:warmline-escalation" --operation Read --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-escalation" --operation Read --topic escalation.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-escalation" --operation Write --topic escalation.alerts
kafka-acls.sh "$@" --add --allow-principal "User:warmline-escalation" --operation Write --topic escalation.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-escalation" --operation Read --group escalation
kafka-acls.sh "$@" --add --allow-principal "User:warmline-escalation" --operation Write --transactional-id escalation- --resource-pattern-type prefixed

# wellbeing: the service wellbeing
kafka-acls.sh "$@" --add --allow-principal "User:warmline-wellbeing" --operation Read --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-wellbeing" --operation Read --topic agent.states
kafka-acls.sh "$@" --add --allow-principal "User:warmline-wellbeing" --operation Write --topic agent.wellbeing
kafka-acls.sh "$@" --add --allow-principal "User:warmline-wellbeing" --operation Write --topic wellbeing.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-wellbeing" --operation Read --group wellbeing

# assist: the service assist
kafka-acls.sh "$@" --add --allow-principal "User:warmline-assist" --operation Read --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-assist" --operation Read --topic agent.assist.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-assist" --operation Write --topic agent.assist
kafka-acls.sh "$@" --add --allow-principal "User:warmline-assist" --operation Write --topic assist.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-assist" --operation Read --group assist
kafka-acls.sh "$@" --add --allow-principal "User:warmline-assist" --operation Write --transactional-id assist- --resource-pattern-type prefixed

# gateway: the service gateway
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Read --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Read --topic conversation.summaries
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Read --topic escalation.alerts
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Read --topic agent.assist
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Read --topic agent.wellbeing
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Read --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Write --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Write --topic escalation.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Write --topic agent.assist.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-gateway" --operation Describe --group gateway-view- --resource-pattern-type prefixed

# sender: what feeds Warmline: turns, agents' states, feedback, survey answers
kafka-acls.sh "$@" --add --allow-principal "User:warmline-sender" --operation Write --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-sender" --operation Write --topic agent.states
kafka-acls.sh "$@" --add --allow-principal "User:warmline-sender" --operation Write --topic escalation.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-sender" --operation Write --topic agent.assist.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-sender" --operation Write --topic survey.responses

# operator: people who look at dead letters, send them back, let a service go on, and look at states
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --topic scoring.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --topic windows.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --topic escalation.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --topic wellbeing.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --topic assist.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Write --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Write --topic conversation.scores
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Write --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Write --topic escalation.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Write --topic agent.states
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Write --topic agent.assist.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group scoring.dlq.list
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group scoring.dlq.replay
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group windows.dlq.list
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group windows.dlq.replay
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group escalation.dlq.list
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group escalation.dlq.replay
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group wellbeing.dlq.list
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group wellbeing.dlq.replay
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group assist.dlq.list
kafka-acls.sh "$@" --add --allow-principal "User:warmline-operator" --operation Read --group assist.dlq.replay

# topics: what creates the topics: `warmline topics create`
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic conversation.events
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic conversation.scores
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic conversation.scores
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic conversation.windows
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic conversation.summaries
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic conversation.summaries
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic escalation.alerts
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic escalation.alerts
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic escalation.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic escalation.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic agent.states
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic agent.states
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic agent.wellbeing
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic agent.wellbeing
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic agent.assist
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic agent.assist
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic agent.assist.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic agent.assist.feedback
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic survey.responses
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic survey.responses
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic scoring.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic scoring.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic windows.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic windows.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic escalation.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic escalation.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic wellbeing.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic wellbeing.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Create --topic assist.dlq
kafka-acls.sh "$@" --add --allow-principal "User:warmline-topics" --operation Describe --topic assist.dlq
