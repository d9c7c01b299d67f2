# SPDX-License-Identifier: Apache-2.0
"""Each operator of the catalogue as nodes of ONNX: ``FORMS[op](builder, call)`` returns the names of its outputs."""

from traindeploy.export.forms import depthwise, elementwise, loss, normalisation, product, update, window
from traindeploy.export.forms.form import Call, Form

_FAMILIES = (product, window, depthwise, elementwise, normalisation, loss, update)
FORMS: dict[str, Form] = {op: form for family in _FAMILIES for op, form in family.FORMS.items()}

__all__ = ["FORMS", "Call", "Form"]
