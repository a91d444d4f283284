"""A backtest needs neither Kafka nor Redis: what would speak to them is not even imported."""

import subprocess
import sys

CLIENTS = ("confluent_kafka", "redis", "faust", "aiokafka", "prometheus_client")


def test_the_backtest_command_imports_no_client_of_kafka_or_redis():
    program = f"""
import sys
import warmline.backtest.command
print(*[name for name in {CLIENTS!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_escalation_imports_no_other_service():
    program = """
import sys
import warmline.escalation.domain
rooms = ("windows", "wellbeing", "scoring", "assist", "gateway", "bus", "models")
print(*[name for name in sys.modules if name.startswith(tuple(f"warmline.{room}" for room in rooms))])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
