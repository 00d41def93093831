"""What the shop keeps in its database."""

from django.db import models


class Order(models.Model):
    """An order as it was placed. Its items are `{name, quantity, price, discount}`,
    with the price of one piece and the discount of the whole line in cents."""

    customer = models.TextField()
    items = models.JSONField()
    total = models.DecimalField(max_digits=10, decimal_places=2)
    created = models.DateTimeField()

    class Meta:
        db_table = "orders"
        # The database comes with its tables, made and filled by the db image.
        managed = False
