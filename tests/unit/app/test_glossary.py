"""One file holds the words that the page and the manual explain."""

from __future__ import annotations

from maxpressure.app.figures.glossary import explained, markdown, sections


def test_no_word_is_explained_twice() -> None:
    forms = [form.lower() for row in explained() for form in (row["word"], *row["also"])]
    assert len(forms) == len(set(forms))


def test_words_stand_in_the_order_of_the_alphabet() -> None:
    for words in sections().values():
        names = [word.word.lower() for word in words]
        assert names == sorted(names)


def test_what_the_page_explains_is_plain_text_for_a_small_box() -> None:
    for row in explained():
        means = str(row["means"])
        assert means.endswith((".", "%"))
        assert len(means) <= 320, row["word"]
        assert not set("*`[]") & set(means.replace("[mechanisms]", ""))


def test_the_manual_lists_every_word_with_its_reference() -> None:
    page = markdown()
    for words in sections().values():
        for word in words:
            assert f"\n{word.word}\n:   {word.means}" in page
            assert word.more in page
