from __future__ import annotations

from unittest.mock import Mock

from fieldday.notifications import publish


def test_what_sns_would_refuse_is_cut_and_said_to_be() -> None:
    sns = Mock()
    publish(sns, "arn:topic", "Drift\nin " + "x" * 200, "é" * 200_000)
    given = sns.publish.call_args.kwargs
    assert given["Subject"] == ("Drift in " + "x" * 200)[:100]
    assert len(given["Message"].encode()) <= 262_144
    assert given["Message"].endswith("é\n... (400000 bytes in all; the record has the rest)")


def test_a_message_that_fits_is_sent_as_it_is() -> None:
    sns = Mock()
    publish(sns, "arn:topic", "Drift", "all of it")
    sns.publish.assert_called_once_with(TopicArn="arn:topic", Subject="Drift", Message="all of it")
