"""The registry's older XML (`clinical_study`) in the form of its API's version 2, so that one reader serves both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["NotXmlError", "from_xml"]


class NotXmlError(ValueError):
    """A text is no XML that may be read; its message is a sentence for people."""


def from_xml(text: str) -> dict[str, Any]:
    """Return the study in a text of XML, as version 2 of the API has it: only what a participant flow needs.

    No document type, entity or outside file is ever read. Raises NotXmlError.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        line, column = error.position
        raise NotXmlError(f"it is no valid XML (line {line}, column {column + 1})") from None
    except DefusedXmlException:
        raise NotXmlError("its XML declares a document type or entities, which no record has") from None
    except ValueError:
        raise NotXmlError("its XML is not in UTF-8") from None
    if root.tag != "clinical_study":
        raise NotXmlError("its XML holds no clinical_study")
    return _study(root)


def _study(root: Element) -> dict[str, Any]:
    enrolment = root.find("enrollment")
    identification = {"nctId": _text(root, "id_info/nct_id"), "briefTitle": _text(root, "brief_title")}
    design: dict[str, Any] = {"designInfo": _design(root)}
    if enrolment is not None:
        design["enrollmentInfo"] = {"count": enrolment.text, "type": enrolment.get("type", "").upper()}
    study: dict[str, Any] = {"protocolSection": {"identificationModule": identification, "designModule": design}}
    flow = root.find("clinical_results/participant_flow")
    if flow is not None:
        study["resultsSection"] = {"participantFlowModule": _flow(flow)}
    return study


def _design(root: Element) -> dict[str, str]:
    """Return allocation and intervention model in the API's words: PARALLEL for "Parallel Assignment"."""
    said = {
        "allocation": _text(root, "study_design_info/allocation"),
        "interventionModel": _text(root, "study_design_info/intervention_model"),
    }
    for part in _text(root, "study_design").split(","):  # before 2017 all in one sentence
        name, _, value = part.partition(":")
        said |= {"Allocation": {"allocation": value}, "Intervention Model": {"interventionModel": value}}.get(
            name.strip(), {}
        )
    found = {name: value.strip().upper().removesuffix(" ASSIGNMENT") for name, value in said.items()}
    return {name: value.replace("N/A", "NA").replace("-", "_").replace(" ", "_") for name, value in found.items()}


def _flow(flow: Element) -> dict[str, Any]:
    return {
        "preAssignmentDetails": _text(flow, "pre_assignment_details"),
        "recruitmentDetails": _text(flow, "recruitment_details"),
        "groups": [
            {"id": group.get("group_id"), "title": _text(group, "title"), "description": _text(group, "description")}
            for group in flow.iterfind("group_list/group")
        ],
        "periods": [
            {
                "title": _text(period, "title"),
                "milestones": _lines(period.iterfind("milestone_list/milestone"), "achievements"),
                "dropWithdraws": _lines(period.iterfind("drop_withdraw_reason_list/drop_withdraw_reason"), "reasons"),
            }
            for period in flow.iterfind("period_list/period")
        ],
    }


def _lines(lines: Iterable[Element], counts: str) -> list[dict[str, Any]]:
    return [
        {
            "type": _text(line, "title"),
            counts: [
                {"groupId": one.get("group_id"), "numSubjects": one.get("count"), "comment": one.text or ""}
                for one in line.iterfind("participants_list/participants")
            ],
        }
        for line in lines
    ]


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or element.findtext(f"{path}/textblock") or "").strip()
