select * from {{ ref('by_yaml') }} join {{ ref('numbers') }} using (id) where {{ setting('missing', 'true') }}
