select * from {{ ref('good_orders') }} as g
union all
select * from {{ ref('best_orders') }} as b
