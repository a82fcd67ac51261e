___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "edge-clv segment",
  "brand": { "id": "edge_clv", "displayName": "edge-clv" },
  "description": "Tells the data layer the segment of a customer by predicted lifetime value. Scored in the page by a script of your own site; only the name of the segment leaves it.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "script",
    "displayName": "Address of the script",
    "simpleValueType": true,
    "defaultValue": "https://shop.example/edge-clv/iife.js",
    "help": "iife.js of the npm package edge-clv, on your own site. Put the same address into the permission to inject scripts.",
    "valueValidators": [{ "type": "NON_EMPTY" }]
  },
  {
    "type": "TEXT",
    "name": "frequency",
    "displayName": "frequency: distinct purchase days minus one",
    "simpleValueType": true,
    "valueValidators": [{ "type": "NON_EMPTY" }]
  },
  {
    "type": "TEXT",
    "name": "recency",
    "displayName": "recency: days from first to last purchase",
    "simpleValueType": true,
    "valueValidators": [{ "type": "NON_EMPTY" }]
  },
  {
    "type": "TEXT",
    "name": "T",
    "displayName": "T: days from first purchase to today",
    "simpleValueType": true,
    "valueValidators": [{ "type": "NON_EMPTY" }]
  },
  {
    "type": "TEXT",
    "name": "monetaryValue",
    "displayName": "monetary_value: mean per repeat purchase; may be left out",
    "simpleValueType": true
  },
  {
    "type": "SELECT",
    "name": "consent",
    "displayName": "Wait for consent to",
    "simpleValueType": true,
    "macrosInSelect": false,
    "defaultValue": "personalization_storage",
    "selectItems": [
      { "value": "personalization_storage", "displayValue": "personalization_storage" },
      { "value": "analytics_storage", "displayValue": "analytics_storage" },
      { "value": "ad_storage", "displayValue": "ad_storage" }
    ]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const addConsentListener = require('addConsentListener');
const callInWindow = require('callInWindow');
const createQueue = require('createQueue');
const injectScript = require('injectScript');
const isConsentGranted = require('isConsentGranted');
const makeNumber = require('makeNumber');

// A variable without a value is undefined or blank.
const isGiven = (value) => value !== undefined && value !== null && value !== '';

// Tags that fire later wait for the end, of which there is one.
let ended = false;
const end = (outcome) => {
  if (ended) return;
  ended = true;
  outcome();
};

const score = () => {
  const profile = {
    frequency: makeNumber(data.frequency),
    recency: makeNumber(data.recency),
    T: makeNumber(data.T)
  };
  if (isGiven(data.monetaryValue)) profile.monetary_value = makeNumber(data.monetaryValue);
  callInWindow('edgeClv.loadSync');
  const answer = callInWindow('edgeClv.predict', profile);
  if (!answer) {
    end(data.gtmOnFailure);
    return;
  }
  // The name of the segment, and neither an amount nor anything about the customer.
  createQueue('dataLayer')({ event: 'clv_segment', clv_segment: answer.segment });
  end(data.gtmOnSuccess);
};

let started = false;
const start = () => {
  if (started) return;
  started = true;
  injectScript(data.script, score, () => end(data.gtmOnFailure), 'edge-clv');
};

if (!isGiven(data.frequency) || !isGiven(data.recency) || !isGiven(data.T)) {
  // A guest: there is nothing to tell.
  end(data.gtmOnSuccess);
} else if (isConsentGranted(data.consent)) {
  start();
} else {
  // Consent may never come. If it does, the segment is told all the same.
  end(data.gtmOnSuccess);
  addConsentListener(data.consent, (type, granted) => {
    if (granted) start();
  });
}


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": { "publicId": "access_globals", "versionId": "1" },
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "key" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" },
                  { "type": 1, "string": "execute" }
                ],
                "mapValue": [
                  { "type": 1, "string": "dataLayer" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": false }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "key" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" },
                  { "type": 1, "string": "execute" }
                ],
                "mapValue": [
                  { "type": 1, "string": "edgeClv.loadSync" },
                  { "type": 8, "boolean": false },
                  { "type": 8, "boolean": false },
                  { "type": 8, "boolean": true }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "key" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" },
                  { "type": 1, "string": "execute" }
                ],
                "mapValue": [
                  { "type": 1, "string": "edgeClv.predict" },
                  { "type": 8, "boolean": false },
                  { "type": 8, "boolean": false },
                  { "type": 8, "boolean": true }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "inject_script", "versionId": "1" },
      "param": [
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [{ "type": 1, "string": "https://shop.example/edge-clv/iife.js" }]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "access_consent", "versionId": "1" },
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "consentType" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" }
                ],
                "mapValue": [
                  { "type": 1, "string": "personalization_storage" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": false }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "consentType" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" }
                ],
                "mapValue": [
                  { "type": 1, "string": "analytics_storage" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": false }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "consentType" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" }
                ],
                "mapValue": [
                  { "type": 1, "string": "ad_storage" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": false }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: The segment goes to the data layer, and nothing else
  code: |-
    mock('isConsentGranted', true);
    runCode(profile);
    assertThat(pushed).isEqualTo([{ event: 'clv_segment', clv_segment: 'vip' }]);
    assertApi('gtmOnSuccess').wasCalled();
- name: Text from the data layer becomes numbers, and a blank value is none
  code: |-
    mock('isConsentGranted', true);
    runCode({ script: profile.script, frequency: '5', recency: '200', T: '300', monetaryValue: '' });
    assertThat(asked).isEqualTo({ frequency: 5, recency: 200, T: 300 });
    assertApi('gtmOnSuccess').wasCalled();
- name: Without consent nothing is loaded, until it is given
  code: |-
    mock('isConsentGranted', false);
    let listener;
    mock('addConsentListener', (type, callback) => {
      assertThat(type).isEqualTo('personalization_storage');
      listener = callback;
    });
    runCode(profile);
    assertApi('gtmOnSuccess').wasCalled();
    listener('personalization_storage', false);
    assertApi('injectScript').wasNotCalled();
    listener('personalization_storage', true);
    assertApi('injectScript').wasCalled();
    assertThat(pushed.length).isEqualTo(1);
    // Consent that is given again is no second visit.
    listener('personalization_storage', true);
    assertThat(pushed.length).isEqualTo(1);
- name: A guest is nobody to score
  code: |-
    mock('isConsentGranted', true);
    runCode({ script: profile.script, consent: profile.consent });
    assertApi('injectScript').wasNotCalled();
    assertApi('gtmOnSuccess').wasCalled();
- name: A script that does not load is a failure
  code: |-
    mock('isConsentGranted', true);
    mock('injectScript', (url, onSuccess, onFailure) => onFailure());
    runCode(profile);
    assertApi('gtmOnFailure').wasCalled();
- name: A profile without an answer is a failure
  code: |-
    mock('isConsentGranted', true);
    mock('callInWindow', () => undefined);
    runCode(profile);
    assertThat(pushed).isEqualTo([]);
    assertApi('gtmOnFailure').wasCalled();
setup: |-
  const profile = {
    script: 'https://shop.example/edge-clv/iife.js',
    consent: 'personalization_storage',
    frequency: 20,
    recency: 290,
    T: 300,
    monetaryValue: 80
  };
  const pushed = [];
  let asked;
  mock('createQueue', () => (entry) => pushed.push(entry));
  mock('injectScript', (url, onSuccess) => onSuccess());
  mock('callInWindow', (name, argument) => {
    if (name !== 'edgeClv.predict') return;
    asked = argument;
    return { segment: 'vip', probability_alive: 0.9 };
  });


___NOTES___

Needs iife.js of the npm package edge-clv on your own site. The Content-Security-Policy of the
page, if there is one, has to allow it with 'wasm-unsafe-eval'.
