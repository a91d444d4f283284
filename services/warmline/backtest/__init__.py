"""The backtest: what the services would publish about a recording, and what another policy would have done."""
