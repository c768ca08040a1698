"""CloudFormation templates as tests look at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of one stack."""

    stack: str
    logical_id: str
    type: str
    properties: dict[str, Any]
    deletion_policy: str

    @property
    def name(self) -> str:
        """For messages: where it is."""
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Templates:
    """Every stack of one stage."""

    by_stack: dict[str, dict[str, Any]]

    def resources(self, *types: str, stack: str = "") -> list[Resource]:
        """The resources of these types (all when none is given), in the stacks whose name ends so."""
        return [
            resource
            for resource in self._all()
            if (not types or resource.type in types) and resource.stack.endswith(stack)
        ]

    def find(self, stack: str, reference: Any) -> Resource:
        """What a `Ref` or `Fn::GetAtt` within a stack points to."""
        logical = reference.get("Ref") or reference["Fn::GetAtt"][0]
        (found,) = [r for r in self._all() if (r.stack, r.logical_id) == (stack, logical)]
        return found

    def statements(self, role: Resource) -> list[dict[str, Any]]:
        """Every statement that the role's policies allow."""
        found = []
        for policy in self.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            attached = [r.get("Ref") for r in policy.properties.get("Roles", []) if isinstance(r, dict)]
            if policy.stack == role.stack and role.logical_id in attached:
                found += policy.properties["PolicyDocument"]["Statement"]
        return found

    def _all(self) -> Iterator[Resource]:
        for stack, template in self.by_stack.items():
            for logical_id, resource in template.get("Resources", {}).items():
                yield Resource(
                    stack,
                    logical_id,
                    resource["Type"],
                    resource.get("Properties", {}),
                    resource.get("DeletionPolicy", "Delete"),
                )


def listed(value: Any) -> list[Any]:
    """IAM writes one of something without a list."""
    return value if isinstance(value, list) else [value]
