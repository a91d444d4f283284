"""From labelled turns to the model that `models` loads, and its evaluation."""
