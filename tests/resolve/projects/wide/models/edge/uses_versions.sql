{{ config(schema='own', database='memory', alias=model.name ~ '_x') }} select * from {{ ref('product') }} p1, {{ ref('product', version=1) }} p2, {{ ref('wide', 'product', v='2') }} p3
