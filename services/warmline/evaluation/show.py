"""The figures as a terminal shows them."""

from collections.abc import Mapping

from warmline.evaluation.figures import Figures


def by_label(name: str, figures: Figures) -> str:
    """Return one head's table."""
    error = "-" if figures.calibration_error is None else f"{figures.calibration_error:.3f}"
    lines = [
        f"{name}: macro-F1 {figures.macro_f1:.3f} [{figures.low:.3f}, {figures.high:.3f}], "
        f"calibration error {error}, {figures.texts:,} texts",
        f"    {'':30}precision  recall      f1  texts",
    ]
    lines += [
        f"    {label:30}{score.precision:9.3f}{score.recall:8.3f}{score.f1:8.3f}{score.support:7,}"
        for label, score in figures.labels.items()
    ]
    return "\n".join(lines)


def grid(title: str, rows: Mapping[str, Mapping[str, Figures]]) -> str:
    """Return macro-F1 by row and head."""
    heads = list(dict.fromkeys(head for figures in rows.values() for head in figures))
    width = max((len(name) for name in rows), default=0) + 2
    lines = [title, " " * width + "".join(f"{head[:14]:>15}" for head in heads)]
    for name, figures in rows.items():
        cells = [f"{figures[head].macro_f1:15.3f}" if head in figures else f"{'-':>15}" for head in heads]
        lines.append(f"{name:{width}}" + "".join(cells))
    return "\n".join(lines)
