"""What several groups of tests share: fakes that are real classes, and simulated worlds."""
