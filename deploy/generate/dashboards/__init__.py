"""The Grafana dashboards as code: each is a module with `build`; `panels.py` makes panels, `frame.py` the rest."""
