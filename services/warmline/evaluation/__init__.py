"""How well a model hears: figures with intervals, slices and peers, on labelled files of anyone."""
