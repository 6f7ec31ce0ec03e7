"""Sentences of what a visitor does with an answer: share it, report it, confirm a report, contradict it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FORMS: Final[Mapping[str, str]] = {
    # sharing
    "share.title": "Share this result",
    "share.lead": "Makes a page that anyone with its address can open, for {days} days. It holds the answer, never the picture.",
    "share.name": "Show the name of the file: {name}",
    "share.make": "Make a page",
    "share.new_tab": "Opens in a new tab, so that your results stay here.",
    "share.done": "The page is ready:",
    "share.copy": "Copy",
    "share.copied": "Copied",
    "share.delete": "Delete the page",
    "share.delete_lead": "Whoever opens its address will then find nothing:",
    "share.delete_code": "The code that was shown when the page was made",
    "share.delete_address": "Keep this address to yourself: with it, you can delete the page at any time.",
    "share.deleted": "The page is deleted.",
    "share.expires": "This page will be deleted on {date}.",
    "share.gone_title": "This page does not exist",
    "share.gone": "It was deleted, has expired, or the address is not complete.",
    "share.shared": "A shared result",
    "share.warning": "Whoever shared this chose the picture. This page says what the detector said, and nothing about who made the picture or why.",
    # the report
    "report.title": "Report to print or save",
    "report.lead": "One page with all that was found, signed by this server. Opens in a new tab.",
    "report.make": "Make the report",
    "report.heading": "What the detector said about a picture",
    "report.heading_clip": "What the detector said about a clip",
    "report.date": "Checked on",
    "report.name": "File",
    "report.faces": "Faces found",
    "report.limits": "What this detector cannot do",
    "report.holds": "Small changes",
    "report.promise": "How often it is wrong",
    "report.notes": "Checked by, where the picture came from, notes",
    "report.signature": "Signature",
    "report.signed": "The file saved as JSON holds the whole signed record. With it, this server can confirm that it gave this answer.",
    "report.print": "Print",
    "report.json": "Save as JSON",
    "report.picture": "The part of the picture that was judged",
    "check.title": "Confirm a report",
    "check.lead": "Paste what was saved as JSON. If this server signed it, it shows what was signed, whatever else the file says.",
    "check.record": "The saved report",
    "check.send": "Confirm",
    "check.confirmed": "This server gave the answer below on {date}. The notes are not signed.",
    # feedback
    "feedback.title": "Is this wrong? Tell us",
    "feedback.question": "This is",
    "feedback.real": "real: a camera took it",
    "feedback.fake": "AI-generated",
    "feedback.unknown": "I don’t know",
    "feedback.how": "How do you know? (if you like)",
    "feedback.keep": "You may keep this picture to improve the detector",
    "feedback.keep_note": "Only your answer is kept, and nothing of the picture, unless you tick the box.",
    "feedback.keep_not": "Only your answer is kept, and nothing of the picture.",
    "feedback.send": "Send",
    "feedback.thanks": "Thank you. Your answer is kept.",
    "feedback.thanks_kept": "Thank you. Your answer and the picture are kept.",
}
