"""Forms of a design record, one file each: the ending and the writer."""

from components.core.registry import Registry
from components.record.forms.base import RecordForm

FORMS = Registry(__name__, RecordForm, "form of a design record")
