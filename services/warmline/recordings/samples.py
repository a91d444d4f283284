"""The recordings that come with the package, written by `select_samples`."""

from pathlib import Path

FOLDER = Path(__file__).with_name("samples")
"""All samples together: what `warmline replay` plays when it is given nothing else."""

CONVERSATIONS = FOLDER / "conversations.jsonl"
"""Labelled conversations in the codebook's format."""

AGENT_STATES = FOLDER / "agent_states.jsonl"
"""What the agents of these conversations were doing, breaks above all, as canonical events."""
