"""Wellbeing: exposure and recovery per agent, told as strain. An account of load, never a diagnosis or a ranking."""
