select {{ columns_of(['1 as a', '2 as b']) }} from {{ ref('product', v=1) }}
