"""The chart as Helm renders it: what several test files look at it with."""

import subprocess
from functools import cache
from pathlib import Path

import yaml

from deploy.generate.renders import NAMESPACE, RELEASE

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "warmline"
EXAMPLES = sorted(path.parent.name for path in CHART.glob("examples/*/values.yaml"))
LEAST = ["--kube-version", "1.27.0", "--set", "kafka.brokers=kafka:9092", "--set", "redis.url=redis://redis:6379/0"]


def run(*command, **options):
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, **options)


def template(helm, *options, chart=CHART):
    return run(helm, "template", RELEASE, chart, "--namespace", NAMESPACE, *LEAST, *options)


def rendered(helm, *options, chart=CHART):
    done = template(helm, *options, chart=chart)
    assert done.returncode == 0, done.stderr
    return loaded(done.stdout)


@cache
def example(name):
    return loaded((CHART / "examples" / name / "rendered.yaml").read_text())


def loaded(text):
    return [each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each]


def of_kind(objects, kind):
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pod_specs(objects):
    for each in objects:
        if each["kind"] == "Pod":
            yield each["metadata"]["name"], each["spec"]
        elif each["kind"] in {"Deployment", "Job"}:
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]
