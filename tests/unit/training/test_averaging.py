import pytest

torch = pytest.importorskip("torch", reason="needs the extra [train]")
averaging = pytest.importorskip("warmline.training.averaging")


def test_the_mean_of_networks_is_weight_by_weight_and_counts_stay():
    one = {"weight": torch.tensor([1.0, -2.0]), "places": torch.tensor([3, 4])}
    other = {"weight": torch.tensor([2.0, 4.0]), "places": torch.tensor([3, 4])}
    mean = averaging.mean_of([one, other])
    assert mean["weight"].tolist() == [1.5, 1.0]
    assert mean["places"].tolist() == [3, 4]


def test_a_copy_stays_what_it_is_while_the_network_is_taught_on():
    layer = torch.nn.Linear(2, 1)
    begun = averaging.copied(layer.state_dict())
    with torch.no_grad():
        layer.weight.add_(1.0)
    assert not torch.equal(begun["weight"], layer.weight)
    layer.load_state_dict(begun)
    assert torch.equal(begun["weight"], layer.weight)
