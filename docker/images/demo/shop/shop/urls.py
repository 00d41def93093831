"""The shop's addresses."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.order_list, name="order_list"),
    path("orders/<int:order_id>", views.order_detail, name="order_detail"),
    path("slow", views.slow),
    path("health", views.health),
]
