"""A set and a few choices become a whole spec: what each preset suggests, and that training can follow it."""

from dataclasses import replace
from pathlib import Path

import pytest

from medcore import datasets, models, recipes
from medcore.errors import SpecError, UnknownName
from medcore.jobs import Stage
from medcore.phantoms import labelled_set
from medcore.preprocessing import InputSpec
from medcore.recipes import Facts

FACTS = Facts(("plain", "blob"), (28, 28))


@pytest.mark.parametrize("start", [recipes.LITE0, recipes.SCRATCH])
@pytest.mark.parametrize("preset", recipes.PRESETS)
def test_every_preset_and_start_makes_a_spec_that_can_be_followed(preset, start, tmp_path):
    survey = datasets.survey(labelled_set(tmp_path / "films", 60))
    facts, dataset = recipes.facts_of(survey), datasets.split(survey, 1)
    spec = recipes.spec_of(recipes.suggest(preset, start, facts), facts, "My films", "blob", dataset, survey.root)
    assert InputSpec.from_json(dict(spec.input_spec)).channels == 1
    assert (spec.labels, spec.model_id, spec.split_sha256) == (("blob", "plain"), "my-films", dataset.split_hash)
    assert Path(spec.data_root or "").is_absolute()
    assert models.PATIENTS_UNKNOWN not in spec.card["limits"]


def test_quick_lets_the_last_layers_alone_learn_on_pictures_as_they_are():
    recipe = recipes.suggest("quick", recipes.LITE0, FACTS)
    assert (recipe.augment, recipe.epochs) == (0, 0)
    assert recipe.head_epochs > 0


def test_best_ends_with_all_layers():
    spec = spec_of(recipes.suggest("best", recipes.LITE0, FACTS))
    assert [stage.trainable_from for stage in spec.stages] == ["logits", ""]


def spec_of(recipe, facts=FACTS, title="a title"):
    dataset = datasets.Dataset((), facts.labels)
    return recipes.spec_of(recipe, facts, title, facts.labels[-1], dataset, Path("films"))


def test_from_scratch_the_pictures_keep_their_own_size_up_to_what_trains_in_minutes():
    assert recipes.suggest("quick", recipes.SCRATCH, FACTS).size == (28, 28)
    assert recipes.suggest("quick", recipes.SCRATCH, replace(FACTS, size=(900, 700))).size == (128, 128)
    assert spec_of(recipes.suggest("quick", recipes.SCRATCH, FACTS)).architecture == "textbook_cnn"


def test_tiny_pictures_are_enlarged_to_what_the_net_takes():
    assert recipes.suggest("quick", recipes.SCRATCH, replace(FACTS, size=(6, 8))).size == (10, 10)


def test_a_model_of_colour_pictures_keeps_its_own_limits(blob_model, monkeypatch):
    spec = replace(blob_model.card.input_spec, channels=3)
    monkeypatch.setattr(models, "find_card", lambda model_id: replace(blob_model.card, input_spec=spec))
    recipe = recipes.suggest("quick", "blobs", replace(FACTS, is_colour=True))
    assert recipes.input_spec(recipe) == spec


def test_colour_pictures_get_three_channels_and_fixed_limits():
    recipe = recipes.suggest("quick", recipes.LITE0, replace(FACTS, is_colour=True))
    assert (recipe.channels, recipe.scaling, recipe.limits) == (3, "range", (0.0, 255.0))


def test_a_run_that_starts_from_a_model_prepares_pictures_as_that_model_does(blob_model):
    recipe = recipes.suggest("best", "blobs", replace(FACTS, is_colour=True))
    assert recipes.input_spec(recipe) == blob_model.card.input_spec
    spec = spec_of(recipe)
    assert (spec.start, spec.start_sha256) == ("blobs", blob_model.card.weights_sha256)
    assert spec.architecture == blob_model.card.architecture


def test_unknown_presets_and_models_are_refused_in_words():
    with pytest.raises(SpecError, match="There is no preset 'fast'; choose quick or best"):
        recipes.suggest("fast", recipes.LITE0, FACTS)
    with pytest.raises(UnknownName, match="There is no model 'resnet'"):
        recipes.suggest("quick", "resnet", FACTS)


def test_a_recipe_without_an_epoch_is_refused():
    with pytest.raises(SpecError, match="a stage"):
        spec_of(replace(recipes.suggest("quick", recipes.LITE0, FACTS), head_epochs=0))


@pytest.mark.parametrize(
    ("labels", "finding"),
    [
        (("NORMAL", "PNEUMONIA"), "PNEUMONIA"),
        (("abnormal", "normal"), "abnormal"),
        (("No_findings", "Pneumonia"), "Pneumonia"),
        (("glioma", "notumor", "pituitary"), "glioma"),
        (("0", "1"), "1"),
        (("blob", "plain"), "blob"),
        (("nodule", "none"), "nodule"),
    ],
)
def test_the_class_that_sounds_like_a_finding_is_the_finding(labels, finding):
    assert recipes.likely_finding(labels) == finding


def test_patients_that_nobody_knows_are_a_limit_of_the_model():
    spec = spec_of(recipes.suggest("quick", recipes.LITE0, FACTS), replace(FACTS, patients_known=False))
    assert spec.card["limits"][0] == models.PATIENTS_UNKNOWN


def test_a_modality_that_all_files_say_becomes_the_models_contract():
    spec = spec_of(recipes.suggest("quick", recipes.LITE0, FACTS), replace(FACTS, modality="CT"))
    assert spec.card["contract"] == {"modality": ["CT"], "pictures": "slices"}
    assert spec.stages == (Stage(20, 1e-3, "head_conv"),)


@pytest.mark.parametrize(
    ("title", "model_id"), [("Brain MRI: tumour!", "brain-mri-tumour"), ("脑", "model"), ("x" * 99, "x" * 64)]
)
def test_a_title_becomes_an_id(title, model_id):
    assert recipes.slug(title) == model_id
