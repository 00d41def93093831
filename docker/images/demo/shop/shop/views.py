"""The shop's pages."""

import math
import time

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render

from .models import Order

LONGEST_SLEEP = 60


def order_list(request):
    """All orders, fifty to a page."""
    pages = Paginator(Order.objects.order_by("id"), 50)
    return render(request, "orders.html", {"page": pages.get_page(request.GET.get("page"))})


def order_detail(request, order_id):
    """One order and its lines."""
    order = get_object_or_404(Order, pk=order_id)
    if request.GET.get("pdb") == "1":
        breakpoint()
    lines = [line(item) for item in order.items]
    return JsonResponse(
        {
            "id": order.id,
            "customer": order.customer,
            "created": order.created,
            "lines": lines,
            "total": order.total,
        },
        json_dumps_params={"indent": 2},
    )


def line(item):
    """What an item costs, and what one piece of it does after the discount."""
    quantity = item["quantity"]
    cents = quantity * item["price"] - item["discount"]
    return {
        "name": item["name"],
        "quantity": quantity,
        "total": money(cents),
        "each": money(cents / quantity),
    }


def money(cents):
    """An amount as it is printed: `1234` is `12.34`."""
    return f"{cents / 100:.2f}"


def slow(request):
    """Answers after `?s=` seconds, as a slow page does."""
    try:
        seconds = float(request.GET.get("s", "1"))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_SLEEP:
        return HttpResponseBadRequest(
            f"s is a number of seconds from 0 to {LONGEST_SLEEP}, as in /slow?s=1\n",
            content_type="text/plain",
        )
    time.sleep(seconds)
    return HttpResponse(f"slept {seconds:g} s\n", content_type="text/plain")


def health(request):
    """Says that this process serves; it asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")
