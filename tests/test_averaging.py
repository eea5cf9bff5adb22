"""The running average of the weights is measured and served, and training goes on from the weights themselves."""

import hashlib

import numpy as np
import pytest
from training_runs import draw_films, last_weights, new_run

from medcore.jobs import Stage, read_spec
from medcore.models.weights import read_weights
from medcore.training import starting, stepping
from medcore.training.averaging import averaged
from medcore.training.fit import train

STEPS, KEPT = 5, 0.8


def stepped(average: float):
    """A variable that SGD without a gradient's memory moved by 1 each step, its optimizer, and where it was after each."""
    import keras

    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer = keras.optimizers.SGD(1.0, use_ema=bool(average), ema_momentum=average or 0.99)
    optimizer.build([variable])
    places = []
    for _ in range(STEPS):
        optimizer.apply([np.full(1, -1, np.float32)], [variable])
        places.append(float(variable.numpy()[0]))
    return variable, optimizer, places


def test_the_average_keeps_its_part_at_each_step_and_the_weights_come_back():
    variable, optimizer, places = stepped(KEPT)
    wanted = places[0]
    for place in places[1:]:
        wanted = KEPT * wanted + (1 - KEPT) * place
    with averaged(optimizer, [variable]):
        assert float(variable.numpy()[0]) == pytest.approx(wanted, rel=1e-6)
    assert float(variable.numpy()[0]) == places[-1]


def test_the_weights_come_back_after_a_failure_too():
    variable, optimizer, places = stepped(KEPT)
    with pytest.raises(KeyError), averaged(optimizer, [variable]):
        raise KeyError
    assert float(variable.numpy()[0]) == places[-1]


def test_without_an_average_nothing_is_changed():
    variable, optimizer, places = stepped(0.0)
    with averaged(optimizer, [variable]):
        assert float(variable.numpy()[0]) == places[-1]


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
def test_every_optimizer_keeps_the_average_that_the_spec_asks_for(tmp_path, optimizer):
    spec = read_spec(new_run(tmp_path / "run", tmp_path, optimizer=optimizer, average=0.9))
    made = stepping.optimizer_of(spec, Stage(1, 0.01))
    assert (made.use_ema, made.ema_momentum) == (True, 0.9)


@pytest.mark.slow
def test_a_model_is_made_of_the_average_and_not_of_the_last_step(tmp_path):
    films = tmp_path / "films"
    films.mkdir()
    run = new_run(tmp_path / "run", draw_films(films), average=0.9, stages=[{"epochs": 1, "learning_rate": 0.01}])
    train(run)
    model, weights = starting.start_model(read_spec(run)), run / "model" / "weights.npz"
    with np.load(run / "checkpoints" / "0001" / "served.npz") as arrays:
        made = {name: arrays[name].astype(np.float16) for name in arrays.files if "seed" not in name}
    read_weights(model, weights, hashlib.sha256(weights.read_bytes()).hexdigest())
    for variable in model.trainable_variables:
        assert np.array_equal(np.asarray(variable, np.float16), made[variable.path])
    assert any(np.abs(each - made[name]).max() > 1e-3 for name, each in last_weights(run).items() if name.endswith("kernel"))
