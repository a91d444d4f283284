#!/bin/sh
# The chart on a real Kubernetes: `make cluster-test`. No part of the ordinary test run.
#
# Wants kubectl on the path, and metrics-server in the cluster (an HPA scales on cpu). Given a test's file or name, only
# that one runs.
#
#     KUBECONFIG                 an administrator's, of a cluster that may be played with
#     WARMLINE_CLUSTER_IMAGE     name of the image, known to its nodes (default localhost/warmline:dev)
#     WARMLINE_CLUSTER_HOST      address by which pods reach this machine (default 10.244.0.1): Kafka and Redis run here
#     WARMLINE_CLUSTER_PACE      events a second in calm times (default 8)
#     WARMLINE_CLUSTER_RUSH      the same while scoring is to scale out (default 60)
#     WARMLINE_CLUSTER_SCALES    `no` leaves the scaling out, where there is no metrics-server (default yes)
set -eu
cd "$(dirname "$0")/../.."
exec .venv/bin/python -m pytest "${@:-tests/cluster}" --timeout 3600 -s
