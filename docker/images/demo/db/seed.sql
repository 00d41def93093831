-- The shop's orders: 3,000 of them, the same every time (no chance, no clock).

CREATE ROLE shop LOGIN PASSWORD 'shop';
CREATE DATABASE shop OWNER shop;
\connect shop
SET ROLE shop;

CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer text NOT NULL,
  items jsonb NOT NULL,
  total numeric(10, 2) NOT NULL,
  created timestamptz NOT NULL
);

-- Prices and discounts are in cents; a discount is for the whole line.
WITH
products (id, name, price) AS (VALUES
  (0, 'Teapot', 2490), (1, 'Cup and saucer', 1150), (2, 'Green tea, 100 g', 790),
  (3, 'Black tea, 250 g', 1290), (4, 'Tea strainer', 640), (5, 'Honey jar', 890),
  (6, 'Linen napkin', 475), (7, 'Sugar bowl', 1420), (8, 'Milk jug', 1380),
  (9, 'Biscuit tin', 1690), (10, 'Tray', 2950)
),
lines AS (
  SELECT
    o AS order_id,
    n,
    products.name,
    products.price,
    1 + (o * 5 + n * 3) % 4 AS quantity,
    CASE WHEN (o + n) % 6 = 0 THEN 100 ELSE 0 END AS discount
  FROM generate_series(1, 3000) AS o
  CROSS JOIN LATERAL generate_series(0, o % 4) AS n
  JOIN products ON products.id = (o * 7 + n * 4) % 11
)
INSERT INTO orders (id, customer, items, total, created)
SELECT
  order_id,
  (ARRAY['Ada', 'Alan', 'Barbara', 'Dennis', 'Edsger', 'Frances', 'Grace', 'John',
    'Ken', 'Margaret'])[1 + order_id * 3 % 10]
    || ' '
    || (ARRAY['Archer', 'Baker', 'Cooper', 'Dyer', 'Fletcher', 'Mason', 'Potter',
    'Sawyer', 'Taylor', 'Turner', 'Weaver'])[1 + order_id * 4 % 11],
  jsonb_agg(
    jsonb_build_object(
      'name', name, 'quantity', quantity, 'price', price, 'discount', discount
    )
    ORDER BY n
  ),
  sum(quantity * price - discount) / 100.0,
  timestamptz '2025-01-01 08:00:00+00' + order_id * interval '53 minutes'
FROM lines
GROUP BY order_id;

-- The gift wrapping of order 1042 was cancelled: the line is still there, its
-- quantity is zero. No other order has such a line.
UPDATE orders
SET items = items
  || '[{"name": "Gift wrapping", "quantity": 0, "price": 350, "discount": 0}]'
WHERE id = 1042;

ANALYZE orders;
