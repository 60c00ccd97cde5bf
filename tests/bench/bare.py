"""What a careful script would do, to compare with: every stack as soon as what it needs is there, one list of
all stacks each 0.25 s, one description of each that has ended. Reads the stacks from the file that it is given."""

import json
import sys
import time

import boto3

cloudformation = boto3.client("cloudformation")
with open(sys.argv[1]) as file:
    waiting = {stack["name"]: stack for stack in json.load(file)}
running, outputs = {}, {}

while waiting or running:
    for name, stack in list(waiting.items()):
        if all(need in outputs for need in stack["needs"]):
            source = outputs[stack["needs"][0]] if stack["needs"] else "none"
            answer = cloudformation.create_stack(
                StackName=name,
                TemplateBody=stack["template"],
                Parameters=[{"ParameterKey": "Source", "ParameterValue": source}],
            )
            running[answer["StackId"]] = name
            del waiting[name]
    time.sleep(0.25)
    pages = cloudformation.get_paginator("list_stacks").paginate()
    for stack in (stack for page in pages for stack in page["StackSummaries"]):
        if stack["StackId"] in running and stack["StackStatus"] == "CREATE_COMPLETE":
            described = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"][0]
            outputs[running.pop(stack["StackId"])] = described["Outputs"][0]["OutputValue"]
