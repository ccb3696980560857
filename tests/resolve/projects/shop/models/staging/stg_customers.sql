{{ config(tags=['pii', 'staging'], meta={'contains_pii': true}) }}
select id, name, country from {{ source('crm', 'customers') }}
