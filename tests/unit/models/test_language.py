import pytest

from warmline.models.language import (
    LANGUAGES,
    UNDETERMINED,
    LanguageDetector,
    is_foreign_script,
    is_plainly_english,
    is_understood,
)


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector()


@pytest.mark.parametrize(
    "text",
    [
        "i have been waiting three weeks for this refund",
        "no its the other account",
        "still not working mate",
        "omg thank u so much!!",
        "yeah um it's flat four lannock court",
        "ORDER 4471 NOT HERE",
    ],
)
def test_english_is_never_called_foreign_however_short_or_broken(detector: LanguageDetector, text: str):
    assert is_understood(detector.detect(text), ("en",))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Ich warte seit drei Wochen auf meine Rückerstattung und niemand antwortet mir", "de"),
        ("Eu já liguei três vezes e ninguém resolve o meu problema com a fatura", "pt"),
        ("Je voudrais parler à un responsable, cela fait trois fois que j'appelle", "fr"),
        ("я жду возврата денег уже три недели", "ru"),
        ("das geht immer noch nicht", "de"),
        ("quero cancelar o contrato", "pt"),
    ],
)
def test_a_whole_sentence_of_another_language_is_recognised(detector: LanguageDetector, text: str, language: str):
    assert detector.detect(text) == language


def test_only_languages_of_contact_centres_are_told_apart_and_the_detector_knows_each(detector: LanguageDetector):
    assert len(LANGUAGES) == 33
    assert set(detector._identifier.labels) == LANGUAGES


@pytest.mark.parametrize("text", ["ok", "si", "danke", "yes please", "👍", "", "12345"])
def test_a_word_or_two_tell_no_language(detector: LanguageDetector, text: str):
    assert detector.detect(text) == UNDETERMINED


@pytest.mark.parametrize("text", ["спасибо", "谢谢", "شكرا", "ありがとう"])
def test_one_word_of_another_script_is_foreign(text: str):
    assert is_foreign_script(text)


@pytest.mark.parametrize("tag", ["en", "en-GB", "EN_us", "eng", "und"])
def test_every_english_tag_and_no_tag_pass(tag: str):
    assert is_understood(tag, ("en",))


@pytest.mark.parametrize("tag", ["de", "pt-BR", "enm"])
def test_other_tags_do_not_pass(tag: str):
    assert not is_understood(tag, ("en",))


def test_a_foreign_sentence_with_english_names_in_it_is_not_plainly_english():
    assert not is_plainly_english("quero cancelar o plano Best For You da minha conta agora mesmo por favor")
    assert is_plainly_english("can you tell me where the order is")


def test_a_multilingual_model_understands_its_languages_alone():
    assert is_understood("de-AT", ("en", "de"))
    assert is_understood("deu", ("en", "de"))
    assert not is_understood("fr", ("en", "de"))
